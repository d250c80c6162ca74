/**
 * Colours and text of charts, as CSS variables so that a page and a single SVG file look the same in light,
 * dark and print. The hues keep apart under the common colour vision deficiencies and differ in lightness.
 */

const LIGHT =
  '--paper:#fdfdfc;--ink:#1c2429;--soft:#56626b;--line:#dde2e5;--tint:#f2f5f6;--accent:#22629c;' +
  '--c0:#2a6ca8;--c1:#e08a1e;--c2:#2b978a;--c3:#b3477d;--c4:#8a7a1c;--c5:#6aa9d6;--c6:#8b959d;--c7:#6b4fa0;';
const DARK =
  '--paper:#14191d;--ink:#e4e9ec;--soft:#9aa7b0;--line:#2e373d;--tint:#1c2328;--accent:#7db8ea;' +
  '--c0:#5b9fdb;--c1:#eda64b;--c2:#4fbcae;--c3:#d97dab;--c4:#c2b04c;--c5:#a5d3f2;--c6:#808b93;--c7:#a78fdc;';

/** Number of categorical colours, classes c0, c1, ... */
export const COLOURS = 8;

/** What memory is used for, in one colour throughout: by owners of regions in the map, by purposes over time. */
export const MEMORY_STYLES: Readonly<Record<string, string>> = {
  system: 'c6',
  framebuffer: 'c4',
  framebuffers: 'c4',
  program: 'c7',
  stack: 'c7',
  tape: 'c7',
  file: 'c5',
  'file buffer': 'c5',
  'swapped copy': 'c2',
  weights: 'c1',
  'stream buffers': 'c2',
  kvCache: 'c3',
  'KV cache': 'c3',
  activations: 'c0',
};

export const variables = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
@media print{:root{color-scheme:light;${LIGHT}--paper:#fff;}}
`;

export const sans = `system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif`;

const fills = Array.from({ length: COLOURS }, (_, i) => `.chart .c${i}{fill:var(--c${i})}`).join('');
const strokes = Array.from(
  { length: COLOURS },
  (_, i) => `.chart .l${i}{stroke:var(--c${i});fill:none}`,
).join('');

export const chartStyle = `
.chart{display:block;max-width:100%;height:auto;font:12px/1.3 ${sans};font-variant-numeric:tabular-nums}
.chart text{fill:var(--ink);stroke:none}
.chart .soft{fill:var(--soft)}
.chart .strong{font-weight:600}
.chart .end{text-anchor:end}.chart .middle{text-anchor:middle}
.chart .halo{paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}
.chart .grid{stroke:var(--line);stroke-width:1;fill:none}
.chart .zero{stroke:var(--soft);stroke-width:1;fill:none}
.chart .leader{stroke:var(--soft);stroke-width:.75;fill:none}
.chart .limit{stroke:var(--ink);stroke-width:1;stroke-dasharray:3 3;fill:none}
.chart .shade{fill:var(--tint)}
.chart .line{stroke-width:1.75;stroke-linejoin:round;stroke-linecap:round}
${fills}${strokes}
.chart .mark.on{stroke:var(--ink);stroke-width:1.5}
.chart .cursor{fill:var(--paper);stroke:var(--ink);stroke-width:1.5}
@media print{.chart rect,.chart path{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;

/** A chart as a file of its own: the style goes inside. */
export function standalone(svg: string): string {
  const end = svg.indexOf('</desc>') + '</desc>'.length;
  const style = `<style>${variables}${chartStyle}.chart{background:var(--paper)}</style>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${svg.slice(0, end)}\n${style}${svg.slice(end)}`;
}
