import type { AnnotatedLine, AnnotatedLoop, AnnotatedPlace, AnnotateResult } from './annotation.js';
import { panelsChart } from './charts/panels.js';
import { stacksChart } from './charts/stacks.js';
import { timelineChart } from './charts/timeline.js';
import { address, count, cpi, number3, percent, tenths } from './format.js';
import { html, type Markup } from './markup.js';
import { figure, page } from './page.js';
import { table } from './table.js';

/** Places that get a listing: enough of them to hold nearly all cycles. */
const LEAST_SHARE = 0.01;
const MOST_LISTINGS = 12;

/** A page that says what every instruction cost and why. */
export function annotateReport(result: AnnotateResult): string {
  const { title, places, leaves, cycles } = result;
  const listed = places.filter(({ share }, i) => i === 0 || share >= LEAST_SHARE).slice(0, MOST_LISTINGS);
  const rows = listed.map((place) => ({
    name: place.name,
    cycles: leaves.map(({ name }) => place.causes[name] ?? 0),
  }));
  return page(
    title,
    html`<header><h1>Where the cycles go, instruction by instruction</h1>
<p class="answer">${title}</p></header>
<main>
<h2>Why</h2>
<p>Every thread-cycle has one cause: an instruction that issues, or what keeps the next one from issuing.</p>
${figure((width) => stacksChart('places', 'Cycles by place and cause', rows, leaves, width, cycles))}
${table({
  caption: 'Cycles by place',
  columns: [
    { title: 'place' },
    { title: 'share', unit: '%', numeric: true },
    { title: 'thread-cycles', numeric: true },
    { title: 'instructions', numeric: true },
    { title: 'CPI', numeric: true },
  ],
  rows: places.slice(0, 40).map((place) => [
    place.name,
    { text: percent(place.cycles, cycles), value: place.cycles },
    { text: count(place.cycles), value: place.cycles },
    { text: count(place.executions), value: place.executions },
    {
      text: cpi(place.cycles, place.executions),
      value: place.executions > 0 ? place.cycles / place.executions : '',
    },
  ]),
})}
${listed.map((place, i) => placeSection(result, place, i))}
</main>`,
  );
}

function placeSection(result: AnnotateResult, place: AnnotatedPlace, number: number): Markup {
  const content = html`${place.loops.map((loop, i) => loopSection(place, loop, `${number}-${i}`))}
${listing(result, place)}`;
  const head = `${place.name}, ${percent(place.cycles, result.cycles)}`;
  if (number === 0) return html`<h2>${head}</h2>\n${content}`;
  return html`<details><summary>${head}</summary>\n${content}</details>`;
}

function loopSection(place: AnnotatedPlace, loop: AnnotatedLoop, id: string): Markup {
  const { head, end, iterations, cyclesPerIteration, instructionsPerIteration, bounds, core, timeline } =
    loop;
  const share = percent(iterations * cyclesPerIteration, place.cycles);
  return html`<h3>Loop ${address(head)} to ${address(end)}</h3>
<p>${share} of the cycles: ${count(iterations)} iterations of ${number3(instructionsPerIteration)} instructions,
 ${number3(cyclesPerIteration)} cycles each.${
   bounds !== undefined &&
   ' The bars are what an iteration that another one follows takes at least, for each thing that could bind it.'
}</p>
${bounds !== undefined && figure((width) => boundsChart(`bounds-${id}`, cyclesPerIteration, core, bounds, width))}
${
  timeline !== undefined &&
  html`<details><summary>One iteration, cycle by cycle</summary>
${figure((width) => timelineChart(`timeline-${id}`, timeline, core ?? 0, width))}</details>`
}`;
}

/** Measured cycles of an iteration beside what binds it. */
function boundsChart(
  name: string,
  measured: number,
  core: number | undefined,
  bounds: NonNullable<AnnotatedLoop['bounds']>,
  width: number,
): string {
  const rows = [
    { name: 'measured', cycles: measured, style: 'c1' },
    ...(core === undefined ? [] : [{ name: 'all loads in the L1 cache', cycles: core, style: 'c2' }]),
    ...bounds.map((bound) => ({ ...bound, style: 'c0' })),
  ];
  return panelsChart(
    {
      name,
      title: 'Cycles of an iteration, measured and at least',
      description: rows.map((row) => `${row.name} ${number3(row.cycles)}`).join('; '),
      rows: rows.map((row) => row.name),
      panels: [
        {
          title: 'cycles an iteration',
          bars: rows.map(({ name: what, cycles, style }) => ({
            segments: [{ value: cycles, style, tip: `${what}: ${number3(cycles)} cycles` }],
            label: number3(cycles),
          })),
        },
      ],
    },
    width,
  );
}

function listing({ leaves }: AnnotateResult, place: AnnotatedPlace): Markup {
  const texts = new Map(place.lines.map((line) => [line.address, line.text]));
  const reason = ({ main, cycles }: AnnotatedLine) => {
    if (main === undefined) return '';
    const title = leaves.find(({ name }) => name === main.leaf)?.title ?? main.leaf;
    const by = main.by === undefined ? '' : ` by ${address(main.by)} ${texts.get(main.by) ?? ''}`;
    return `${title} ${percent(main.cycles, cycles)}${by}`;
  };
  return table({
    caption: `Instructions of ${place.name}`,
    broad: true,
    columns: [
      { title: 'address' },
      { title: 'instruction' },
      { title: 'executed', numeric: true },
      { title: 'cycles', numeric: true },
      { title: 'share', unit: '%', numeric: true },
      { title: 'CPI', numeric: true },
      { title: 'lines', unit: 'DRAM', numeric: true },
      { title: 'main reason of its waits', wrap: true },
    ],
    rows: place.lines.map((line) => [
      { text: html`<code>${address(line.address)}</code>`, value: line.address },
      { text: html`<code>${line.text}</code>`, value: line.text },
      { text: count(line.executions), value: line.executions },
      { text: tenths(line.cycles), value: line.cycles },
      { text: (100 * line.share).toFixed(1), value: line.share },
      { text: line.cpi.toFixed(2), value: line.cpi },
      { text: line.dramLines === 0 ? '' : count(line.dramLines), value: line.dramLines },
      { text: reason(line), value: line.main?.cycles ?? 0 },
    ]),
  });
}
