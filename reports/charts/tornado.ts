import { descending, max, min, scaleLinear } from 'd3';
import type { Swing } from '../experiment.js';
import { number3, withUnit } from '../format.js';
import { html } from '../markup.js';
import { at, fit, legend, path, rect, svg, textWidth, words } from './svg.js';

export const bySize = (swings: readonly Swing[]): Swing[] =>
  [...swings].sort((a, b) => descending(Math.abs(a.atHigh - a.atLow), Math.abs(b.atHigh - b.atLow)));

const ROW = 44;
const BAR = 16;

/** How far each uncertain input alone moves the answer, the widest first. */
export function tornadoChart(value: number, unit: string, swings: readonly Swing[], width: number): string {
  const rows = bySize(swings);
  const ends = [value, ...rows.flatMap((s) => [s.atLow, s.atHigh])];
  const key = legend(
    [
      { label: 'input at the low end of its range', swatches: [{ style: 'c5' }] },
      { label: 'at the high end', swatches: [{ style: 'c1' }] },
    ],
    width,
  );
  const top = key.height + 24;
  const bottom = top + rows.length * ROW;
  const margin = 10 + (max(ends, (end) => textWidth(number3(end))) ?? 0);
  const least = min(ends) ?? value;
  const most = max(ends) ?? value;
  // An input that moves nothing still needs a scale.
  const room = most > least ? 0 : Math.abs(value) * 0.01 || 1;
  const x = scaleLinear([least - room, most + room], [margin, width - margin]);
  const ticks = x.ticks(width < 500 ? 3 : 6);
  const text = x.tickFormat(width < 500 ? 3 : 6);
  const half = (s: Swing, to: number, style: string, end: string, y: number) => {
    const tip = `${s.path} ${withUnit(end, s.unit)}: ${number3(to)} ${unit}`;
    const from = Math.min(x(value), x(to));
    return rect(
      style,
      { x: from, y, width: Math.max(0.75, Math.abs(x(to) - x(value))), height: BAR },
      1,
      tip,
    );
  };
  const drawn = rows.map((s, i) => {
    const y = top + i * ROW + 20;
    const [left, right] = [Math.min(s.atLow, s.atHigh, value), Math.max(s.atLow, s.atHigh, value)];
    const range = `${s.path}, ${s.lowInput} to ${withUnit(s.highInput, s.unit)}`;
    return html`${words(0, y - 6, fit(range, width), 'halo')}${half(s, s.atLow, 'c5', String(s.lowInput), y)}${half(
      s,
      s.atHigh,
      'c1',
      String(s.highInput),
      y,
    )}${words(x(left) - 4, y + 12, number3(left), 'soft end')}${words(x(right) + 4, y + 12, number3(right), 'soft')}`;
  });
  const words3 = rows.map(
    (s) =>
      `${s.path} ${s.lowInput} to ${withUnit(s.highInput, s.unit)}: ${number3(s.atLow)} to ${number3(s.atHigh)}`,
  );
  return svg(
    {
      name: 'tornado',
      title: 'How far each uncertain input moves the answer',
      description: `${number3(value)} ${unit} as simulated. ${words3.join('; ')}.`,
      width,
      height: bottom + 44,
    },
    html`${key.body}
${ticks.map((tick) => [
  path('grid', `M${at(x(tick))},${at(top)}V${at(bottom)}`),
  words(x(tick), bottom + 15, text(tick), 'soft middle'),
])}${path('zero', `M${at(x(value))},${at(top)}V${at(bottom)}`)}${drawn}
${words(width, bottom + 36, unit === 'x' ? 'times' : unit, 'soft end')}`,
  );
}
