import type {
  AnnotatedLine,
  AnnotatedLoop,
  AnnotatedPlace,
  AnnotateResult,
  Causes,
  TimelineRow,
} from '../../reports/annotation.js';
import { formatTable, grouped, percent } from './table.js';

const hex = (address: number): string => address.toString(16).padStart(8, '0');

export interface TextOptions {
  /** Places shown in full. */
  readonly top: number;
  /** Only this one. */
  readonly symbol?: string;
}

/** The dearest places as listings: what each instruction costs and why, its loops with what binds them. */
export function annotationText(result: AnnotateResult, { top, symbol }: TextOptions): string {
  const chosen = result.places.filter(({ name }) => symbol === undefined || name === symbol).slice(0, top);
  const overview = formatTable([
    ['place', 'share', 'thread-cycles', 'instructions', 'CPI', 'mainly'],
    ...result.places
      .slice(0, Math.max(top, 12))
      .map((place) => [
        place.name,
        percent(place.cycles, result.cycles),
        grouped(place.cycles),
        grouped(place.executions),
        place.executions === 0 ? '-' : (place.cycles / place.executions).toFixed(2),
        mainly(result, place.causes, place.cycles),
      ]),
  ]);
  return [result.title, overview, ...chosen.map((place) => placeText(result, place))].join('\n\n');
}

const titleOf = ({ leaves }: AnnotateResult, name: string): string =>
  leaves.find((leaf) => leaf.name === name)?.title ?? name;

function placeText(result: AnnotateResult, place: AnnotatedPlace): string {
  const texts = new Map(place.lines.map((line) => [line.address, line.text]));
  const rows = place.lines.map((line) => [
    loopMarks(place.loops, line.address) + hex(line.address),
    grouped(line.executions),
    line.cycles.toFixed(1),
    (100 * line.share).toFixed(1),
    line.cpi.toFixed(2),
    line.text,
    reason(result, line, texts),
  ]);
  const listing = formatTable([
    ['address', 'executed', 'cycles', 'share', 'CPI', 'instruction', 'main reason of its waits'],
    ...rows,
  ]);
  const head = `${place.name}: ${grouped(place.cycles)} thread-cycles`;
  return [head, listing, ...place.loops.map(loopText)].join('\n\n');
}

/** A bar for every loop around an address, a corner where it begins and ends. */
function loopMarks(loops: readonly AnnotatedLoop[], address: number): string {
  const depth = Math.max(0, ...loops.map((loop) => loop.depth + 1));
  let text = '';
  for (let level = 0; level < depth; level++) {
    const loop = loops.find((one) => one.depth === level && address >= one.head && address <= one.end);
    text += loop === undefined ? ' ' : address === loop.head ? '┌' : address === loop.end ? '└' : '│';
  }
  return depth === 0 ? '' : `${text} `;
}

function reason(
  result: AnnotateResult,
  { main, cycles }: AnnotatedLine,
  texts: ReadonlyMap<number, string>,
): string {
  if (main === undefined) return '';
  const by = main.by === undefined ? '' : ` by ${hex(main.by)} ${texts.get(main.by) ?? ''}`.trimEnd();
  return `${titleOf(result, main.leaf)} ${Math.round((100 * main.cycles) / cycles)} %${by}`;
}

function loopText(loop: AnnotatedLoop): string {
  const core = loop.core === undefined ? '' : `, ${loop.core.toFixed(2)} with all loads in the L1 cache`;
  const lines = [
    `loop ${hex(loop.head)}-${hex(loop.end)}: ${grouped(loop.iterations)} iterations of ` +
      `${loop.instructionsPerIteration.toFixed(1)} instructions, ${loop.cyclesPerIteration.toFixed(2)} cycles each${core}`,
  ];
  const bounds = loop.bounds?.map(({ name, cycles }) => `${name} ${cycles.toFixed(2)}`);
  if (bounds !== undefined)
    lines.push(`  at least, in cycles an iteration that another one follows: ${bounds.join(', ')}`);
  if (loop.timeline !== undefined) lines.push('', timelineText(loop.timeline));
  return lines.join('\n');
}

const WIDEST = 110;

/**
 * One iteration, all loads in the L1 cache: a row an instruction, a column a cycle. `.` waits to issue, `D` issues,
 * `=` waits in the vector queue, `e` executes, `R` its result is ready.
 */
function timelineText(rows: readonly TimelineRow[]): string {
  const last = Math.min(WIDEST, Math.max(...rows.map(({ ready }) => ready)) + 1);
  const ruler = Array.from({ length: last }, (_, i) =>
    i % 10 === 0 ? String((i / 10) % 10) : i % 5 === 0 ? '+' : ' ',
  );
  const drawn = rows.map(({ previous, issued, queued = issued, ready, text }) => {
    const line = Array.from({ length: last }, () => ' ');
    const fill = (from: number, to: number, mark: string) => {
      for (let c = Math.max(0, from); c < Math.min(last, to); c++) line[c] = mark;
    };
    fill(previous + 1, issued, '.');
    fill(issued + 1, queued, '=');
    fill(Math.max(queued, issued + 1), ready, 'e');
    fill(ready, ready + 1, 'R');
    fill(issued, issued + 1, 'D');
    return `  ${line.join('')}  ${text}`;
  });
  const key = 'an iteration by cycles: D issues, = in the vector queue, e executes, R ready';
  return [`  ${ruler.join('')}  ${key}`, ...drawn].join('\n');
}

function mainly(result: AnnotateResult, causes: Causes, cycles: number): string {
  return Object.entries(causes)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .filter(([, n]) => n >= 0.03 * cycles)
    .map(([leaf, n]) => `${titleOf(result, leaf)} ${Math.round((100 * n) / cycles)} %`)
    .join(', ');
}
