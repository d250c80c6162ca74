import { type Content, html, type Markup } from './markup.js';

export interface ColumnHead {
  readonly title: string;
  /** Below the title, in small. */
  readonly unit?: string;
  /** Aligned to the right, digits below digits. */
  readonly numeric?: boolean;
  /** Sentences, or a few words: both may take several lines. */
  readonly prose?: boolean;
  readonly wrap?: boolean;
  readonly marked?: boolean;
}

export interface Cell {
  readonly text: Content;
  /** What to sort by; the text itself without it. */
  readonly value?: number | string;
}

export interface Table {
  /** Where links point to. */
  readonly id?: string;
  /** Tells the table's purpose to those who do not see the heading above it. */
  readonly caption: string;
  readonly columns: readonly ColumnHead[];
  readonly rows: readonly (readonly (Cell | string)[])[];
  readonly sortable?: boolean;
  /** In tables of runs: how many columns name a run. The page then offers to compare two of them. */
  readonly compare?: number;
  /** May be wider than the text where the screen is. */
  readonly broad?: boolean;
  /** Last row, never sorted. */
  readonly total?: readonly (Cell | string)[];
}

function classOf(...names: readonly (string | false | undefined)[]): Content {
  const present = names.filter((name) => name);
  return present.length > 0 && html` class="${present.join(' ')}"`;
}

const classesOf = ({ numeric, prose, wrap }: ColumnHead): Content =>
  classOf(numeric && 'n', prose && 'text', wrap && 'wrap');

const content = (cell: Cell | string): Content => (typeof cell === 'string' ? cell : cell.text);

/** A table in a frame of its own that scrolls sideways where the page is too narrow for it. */
export function table({ id, caption, columns, rows, sortable = true, compare, broad, total }: Table): Markup {
  const line = (cells: readonly (Cell | string)[]) =>
    html`<tr>${cells.map((cell, i) => {
      const sort = typeof cell === 'string' ? undefined : cell.value;
      const key = sort !== undefined && html` data-v="${sort}"`;
      const attributes = html`${classesOf(columns[i])}${key}`;
      return i === 0
        ? html`<th scope="row"${attributes}>${content(cell)}</th>`
        : html`<td${attributes}>${content(cell)}</td>`;
    })}</tr>\n`;
  const target = id !== undefined && html` id="${id}"`;
  const frame = classOf('scroll', broad && 'broad');
  return html`<div${target}${frame} role="region" aria-label="${caption}" tabindex="0">
<table${sortable && rows.length > 1 && html` class="sortable"`}${
    compare !== undefined && rows.length > 1 && html` data-compare="${compare}"`
  }>
<caption>${caption}</caption>
<thead><tr>${columns.map(
    ({ title, unit, numeric, marked }) =>
      html`<th scope="col"${classOf(numeric && 'n', marked && 'differs')}><span>${title}</span>${
        unit !== undefined && html` <small>${unit}</small>`
      }</th>`,
  )}</tr></thead>
<tbody>
${rows.map(line)}</tbody>
${total !== undefined && html`<tfoot>${line(total)}</tfoot>\n`}</table>
</div>`;
}

/** Names and values, one a line. */
export const facts = (rows: readonly (readonly [name: string, value: Content])[]): Markup =>
  html`<dl class="facts">
${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>`;
