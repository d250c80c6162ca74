import { max, scaleLinear } from 'd3';
import { html, type Markup } from '../markup.js';
import { at, fit, type LegendItem, legend, linesOf, path, rect, svg, textWidth, words } from './svg.js';

/**
 * Horizontal bars: one row for each thing compared, one panel for each quantity. Panels stand side by side on
 * paper and below each other on a phone. All bars begin at zero.
 */
export interface PanelsChart {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly rows: readonly string[];
  readonly panels: readonly Panel[];
  readonly legend?: readonly LegendItem[];
}

export interface Panel {
  /** Quantity and unit: `peak memory (MiB)`. */
  readonly title: string;
  /** From the values of the segments to the unit in the title. */
  readonly factor?: number;
  /** One for each row; undefined where the row has no such value. */
  readonly bars: readonly (Bar | undefined)[];
  /** A line across all rows, such as a peak that cannot be passed; in the unit of the segments. */
  readonly limit?: { readonly value: number; readonly label: string };
}

export interface Bar {
  readonly segments: readonly Segment[];
  /** Written behind the bar. */
  readonly label: string;
}

export interface Segment {
  readonly value: number;
  readonly style: string;
  readonly opacity?: number;
  /** Shown on hover and focus, and by the browser itself where scripts are off. */
  readonly tip: string;
}

const ROW = 26;
const BAR = 16;
const GAP = 28;
const LINE = 15;

export function panelsChart(chart: PanelsChart, width: number): string {
  const narrow = width < 500;
  const { rows, panels } = chart;
  const widest = max(rows, (row) => textWidth(row)) ?? 0;
  // Names stand beside their bars, or above them where they are too long for that.
  const above = widest + 10 > width * (narrow ? 0.34 : 0.3);
  const labels = above ? 6 : widest + 10;
  const row = above ? ROW + 14 : ROW;
  const columns = narrow ? 1 : panels.length;
  const panelWidth = (width - labels - GAP * (columns - 1)) / columns;
  const key = legend(chart.legend ?? [], width);
  const limits = panels.some((panel) => panel.limit !== undefined);
  // Bold text is wider than textWidth has it.
  const titles = panels.map(({ title }) => linesOf(title, 0.94 * panelWidth));
  const titleHeight = LINE * (Math.max(...titles.map((lines) => lines.length)) - 1);
  const head = titleHeight + (limits ? 38 : 22);
  const bodyHeight = rows.length * row;
  const panelHeight = head + bodyHeight + 24;
  const drawn = panels.map((panel, p) => {
    const top = key.height + (narrow ? p * (panelHeight + 10) : 0);
    const left = labels + (narrow ? 0 : p * (panelWidth + GAP));
    // After the last panel beside it, so that no line crosses a name.
    const last = narrow || p === panels.length - 1;
    const names = last && rowLabels(rows, above ? undefined : labels, top + head, row, width);
    return html`<g>\n${panelBody(panel, titles[p], { left, top, width: panelWidth, head, row })}${names}</g>\n`;
  });
  const height = key.height + (narrow ? panels.length * (panelHeight + 10) - 10 : panelHeight);
  return svg({ ...chart, width, height }, [key.body, '\n', ...drawn]);
}

/** Names of the rows: up to `right` beside the bars, or above them. */
function rowLabels(
  rows: readonly string[],
  right: number | undefined,
  top: number,
  row: number,
  width: number,
): Markup {
  return html`${rows.map((name, i) =>
    right === undefined
      ? words(12, top + i * row + 13, fit(name, width - 12), 'halo')
      : words(right - 10, top + i * row + row / 2 + 4, fit(name, right - 10), 'end'),
  )}`;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  /** Height of the panel's title, and of one row. */
  readonly head: number;
  readonly row: number;
}

function panelBody(panel: Panel, title: readonly string[], { left, top, width, head, row }: Box): Markup {
  const { bars, limit, factor = 1 } = panel;
  const height = bars.length * row;
  const total = (bar: Bar | undefined) => bar?.segments.reduce((sum, s) => sum + s.value, 0) ?? 0;
  const labelSpace = (max(bars, (bar) => textWidth(bar?.label ?? '')) ?? 0) + 8;
  const largest = Math.max(max(bars, total) ?? 0, limit?.value ?? 0);
  // The label of the longest bar must fit behind it.
  const axis = scaleLinear(
    [0, largest > 0 ? largest * factor : 1],
    [left, left + Math.max(width - labelSpace, width * 0.3)],
  );
  const x = (value: number) => axis(value * factor);
  const y = top + head;
  const ticks = Math.max(2, Math.min(6, Math.floor(width / 70)));
  const text = axis.tickFormat(ticks);
  const barTop = (i: number) => y + (i + 1) * row - (ROW + BAR) / 2;
  return html`${title.map((line, i) => words(left, top + 12 + i * LINE, line, 'strong'))}${axis
    .ticks(ticks)
    .map((tick) => [
      path('grid', `M${at(axis(tick))},${at(y)}V${at(y + height)}`),
      // Near the edge a label of several digits would be cut off.
      words(Math.max(axis(tick), textWidth(text(tick)) / 2), y + height + 15, text(tick), 'soft middle'),
    ])}${limit !== undefined && limitLine(limit, x(limit.value), y, height, left)}${bars.map((bar, i) =>
    bar === undefined
      ? words(left + 6, barTop(i) + BAR / 2 + 4, '–', 'soft')
      : drawBar(bar, x, barTop(i), left + width, limit && x(limit.value)),
  )}${path('zero', `M${at(left)},${at(y)}V${at(y + height)}`)}`;
}

function drawBar(bar: Bar, x: (value: number) => number, y: number, right: number, limit = -1): Markup {
  let sum = 0;
  const segments = bar.segments
    .filter(({ value }) => value > 0)
    .map(({ value, style, opacity, tip }) => {
      const from = x(sum);
      sum += value;
      const size = x(sum) - from;
      // A hair of paper between neighbours, where there is room for it.
      const drawn = size > 4 ? size - 1 : Math.max(size, 0.75);
      return rect(style, { x: from, y, width: drawn, height: BAR }, opacity, tip);
    });
  const behind = x(sum) + 6;
  // A line through a number makes another one of it.
  const isCrossed = behind < limit + 4 && limit < behind + textWidth(bar.label) + 4;
  const label = Math.min(isCrossed ? limit + 6 : behind, right - textWidth(bar.label));
  return html`${segments}${words(label, y + BAR / 2 + 4, bar.label, 'halo')}`;
}

function limitLine(limit: { label: string }, x: number, y: number, height: number, left: number): Markup {
  const fits = x - textWidth(limit.label) >= left;
  const line = path('limit', `M${at(x)},${at(y - 4)}V${at(y + height)}`);
  return html`${line}${words(fits ? x + 2 : left, y - 9, limit.label, fits ? 'soft end' : 'soft')}`;
}
