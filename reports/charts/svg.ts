import { type Content, html, type Markup } from '../markup.js';

/** Pixel widths a chart is drawn for: a page or sheet of paper, and a phone. Text keeps its size in both. */
export const WIDE = 720;
export const NARROW = 340;

/** Drawing coordinate, rounded so that files are small and equal on every host. */
export function at(value: number): number {
  const rounded = Math.round(value * 100) / 100;
  return rounded === 0 ? 0 : rounded;
}

export const FONT = 12;

/** Estimated width of a label in pixels, a little on the safe side for the usual sans-serif fonts. */
export const textWidth = (text: string, size = FONT): number => {
  let units = 0;
  for (const c of text)
    units += /[ijl.,:;|'!\s]/.test(c) ? 0.33 : /[mwMW%@]/.test(c) ? 0.96 : /[A-Z]/.test(c) ? 0.72 : 0.635;
  return units * size;
};

/** Cuts a label to a width, with an ellipsis. */
export function fit(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let cut = [...text];
  while (cut.length > 1 && textWidth(`${cut.join('')}…`) > width) cut = cut.slice(0, -1);
  return `${cut.join('').trimEnd()}…`;
}

/** The words of a label in lines of at most this width; a word that is too long is cut. */
export function linesOf(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines[lines.length - 1]} ${word}`;
    if (lines.length > 0 && textWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(fit(word, width));
  }
  return lines;
}

export interface Frame {
  /** Unique on the page together with the width. */
  readonly name: string;
  readonly title: string;
  /** What the chart shows, in words and numbers: the text alternative. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
}

/** The outer element of a chart: scales with its container and names itself to a screen reader. */
export function svg(frame: Frame, body: Content): string {
  const { name, title, description, width } = frame;
  const height = Math.ceil(frame.height);
  const id = `${name}-${width}`;
  return html`<svg class="chart" id="${id}" xmlns="http://www.w3.org/2000/svg"
 viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"
 role="img" aria-labelledby="${id}-title ${id}-description">
<title id="${id}-title">${title}</title>
<desc id="${id}-description">${description}</desc>
${body}
</svg>
`.markup;
}

/** A piece of text; classes `end` and `middle` anchor it there. */
export const words = (x: number, y: number, text: Content, style = ''): Markup =>
  html`<text${style !== '' && html` class="${style}"`} x="${at(x)}" y="${at(y)}">${text}</text>\n`;

export const path = (style: string, d: string): Markup => html`<path class="${style}" d="${d}"/>\n`;

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A rectangle; with a tip it can be hovered and focused. */
export function rect(style: string, r: Rectangle, opacity = 1, tip?: string): Markup {
  const place = html`x="${at(r.x)}" y="${at(r.y)}" width="${at(r.width)}" height="${at(r.height)}"`;
  const faded = opacity < 1 && html` fill-opacity="${at(opacity)}"`;
  return tip === undefined
    ? html`<rect class="${style}" ${place}${faded}/>\n`
    : html`<rect class="mark ${style}" ${place}${faded}><title>${tip}</title></rect>\n`;
}

export interface LegendItem {
  readonly label: string;
  /** Class and opacity of each swatch; several for a ramp. */
  readonly swatches: readonly { readonly style: string; readonly opacity?: number }[];
}

/** Rows of swatches with labels, wrapped at `width`; says how high it became. */
export function legend(items: readonly LegendItem[], width: number): { body: Markup; height: number } {
  let x = 0;
  let y = 0;
  const drawn: Markup[] = [];
  for (const { label, swatches } of items) {
    const step = swatches.length > 1 ? Math.min(10, 60 / swatches.length) : 10;
    const size = swatches.length * step;
    const total = size + 6 + textWidth(label) + 16;
    if (x > 0 && x + total > width) {
      x = 0;
      y += 18;
    }
    drawn.push(
      ...swatches.map(({ style, opacity }, i) =>
        rect(style, { x: x + i * step, y: y + 2, width: step, height: 10 }, opacity),
      ),
      words(x + size + 6, y + 11, label, 'soft'),
    );
    x += total;
  }
  return { body: html`<g class="legend">\n${drawn}</g>`, height: items.length === 0 ? 0 : y + 22 };
}

/** Opacity of item `i` of `n` in a ramp of one colour, strong to light. */
export const ramp = (i: number, n: number): number => (n <= 1 ? 1 : 1 - (0.6 * i) / (n - 1));
