import { max, scaleLinear } from 'd3';
import { html, type Markup } from '../markup.js';
import { at, fit, type LegendItem, legend, opacityOf, svg, textWidth } from './svg.js';

/**
 * Horizontal bars: one row for each thing compared, one panel for each quantity. Panels stand side by side on paper
 * and below each other on a phone. All bars begin at zero.
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

export function panelsChart(chart: PanelsChart, width: number): string {
  const narrow = width < 500;
  const { rows, panels } = chart;
  const widest = max(rows, (row) => textWidth(row)) ?? 0;
  const labels = Math.min(widest + 10, width * (narrow ? 0.34 : 0.26));
  const columns = narrow ? 1 : panels.length;
  const panelWidth = (width - labels - GAP * (columns - 1)) / columns;
  const key = legend(chart.legend ?? [], 0, 0, width);
  const limits = panels.some((panel) => panel.limit !== undefined);
  const head = limits ? 38 : 22;
  const bodyHeight = rows.length * ROW;
  const panelHeight = head + bodyHeight + 24;
  const drawn = panels.map((panel, p) => {
    const top = key.height + (narrow ? p * (panelHeight + 10) : 0);
    const left = labels + (narrow ? 0 : p * (panelWidth + GAP));
    const first = narrow || p === 0;
    return html`<g>
${first && rowLabels(rows, labels, top + head)}${panelBody(panel, left, top, panelWidth, head, bodyHeight)}</g>
`;
  });
  const height = key.height + (narrow ? panels.length * (panelHeight + 10) - 10 : panelHeight);
  return svg({ ...chart, width, height }, [key.body, '\n', ...drawn]);
}

function rowLabels(rows: readonly string[], right: number, top: number): Markup {
  return html`${rows.map(
    (row, i) => html`<text class="end" x="${at(right - 10)}" y="${at(top + i * ROW + ROW / 2 + 4)}">${fit(row, right - 10)}</text>\n`,
  )}`;
}

function panelBody(panel: Panel, left: number, top: number, width: number, head: number, height: number): Markup {
  const { bars, limit, factor = 1 } = panel;
  const total = (bar: Bar | undefined) => bar?.segments.reduce((sum, s) => sum + s.value, 0) ?? 0;
  const labelSpace = (max(bars, (bar) => textWidth(bar?.label ?? '')) ?? 0) + 8;
  const largest = Math.max(max(bars, total) ?? 0, limit?.value ?? 0);
  // The label of the longest bar must fit behind it; a limit needs no room behind it.
  const room = limit === undefined ? width - labelSpace : width - 4;
  const axis = scaleLinear([0, largest > 0 ? largest * factor : 1], [left, left + Math.max(room, width * 0.3)]);
  const x = (value: number) => axis(value * factor);
  const y = top + head;
  const ticks = Math.max(2, Math.min(6, Math.floor(width / 70)));
  const text = axis.tickFormat(ticks);
  return html`<text class="strong" x="${at(left)}" y="${at(top + 12)}">${panel.title}</text>
${axis.ticks(ticks).map(
  (tick) => html`<path class="grid" d="M${at(axis(tick))},${at(y)}V${at(y + height)}"/><text class="soft middle" x="${at(axis(tick))}" y="${at(y + height + 15)}">${text(tick)}</text>\n`,
)}${limit !== undefined && limitLine(limit, x(limit.value), y, height, left)}${bars.map((bar, i) =>
    bar === undefined
      ? html`<text class="soft" x="${at(left + 6)}" y="${at(y + i * ROW + ROW / 2 + 4)}">–</text>\n`
      : drawBar(bar, x, y + i * ROW, left + width),
  )}<path class="zero" d="M${at(left)},${at(y)}V${at(y + height)}"/>
`;
}

function drawBar(bar: Bar, x: (value: number) => number, top: number, right: number): Markup {
  let sum = 0;
  const y = top + (ROW - BAR) / 2;
  const segments = bar.segments.filter(({ value }) => value > 0).map((segment) => {
    const from = x(sum);
    sum += segment.value;
    const size = x(sum) - from;
    // A hair of paper between neighbours, where there is room for it.
    const drawn = size > 4 ? size - 1 : Math.max(size, 0.75);
    return html`<rect class="mark ${segment.style}" x="${at(from)}" y="${at(y)}" width="${at(drawn)}" height="${BAR}"${opacityOf(segment.opacity)}><title>${segment.tip}</title></rect>`;
  });
  const label = Math.min(x(sum) + 6, right - textWidth(bar.label));
  return html`${segments}<text class="halo" x="${at(label)}" y="${at(top + ROW / 2 + 4)}">${bar.label}</text>\n`;
}

function limitLine(limit: { label: string }, x: number, y: number, height: number, left: number): Markup {
  const fits = x - textWidth(limit.label) >= left;
  return html`<path class="limit" d="M${at(x)},${at(y - 4)}V${at(y + height)}"/><text class="soft ${fits ? 'end' : ''}" x="${at(fits ? x + 2 : left)}" y="${at(y - 9)}">${limit.label}</text>\n`;
}
