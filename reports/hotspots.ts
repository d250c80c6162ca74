import { number3 } from './format.js';
import type { Hotspot } from './results.js';

const hex = (address: number): string => address.toString(16).padStart(8, '0');

type Column = readonly [title: string, of: (spot: Hotspot) => string, isNumber?: boolean];

const COLUMNS: readonly Column[] = [
  ['share_%', ({ share }) => (100 * share).toFixed(2), true],
  ['cycles', ({ cycles }) => `${cycles}`, true],
  ['executions', ({ executions }) => `${executions}`, true],
  ['cpi', ({ cpi }) => (Number.isFinite(cpi) ? cpi.toFixed(2) : 'nan'), true],
  ['address', ({ address }) => hex(address)],
  ['instruction', ({ text }) => text],
  ['source', ({ source, place }) => source ?? place],
  [
    'main_reason_of_waits',
    ({ main, cycles }) =>
      main === undefined
        ? '-'
        : `${main.cause} ${Math.round((100 * main.cycles) / cycles)} %${main.by === undefined ? '' : ` by ${main.by}`}`,
  ],
];

/**
 * hotspots.txt: the dearest instructions, those of a loop together, the dearest loop first. Cycles stand at the
 * instruction that waited; what it waited for is named beside.
 */
export function hotspotsText(spots: readonly Hotspot[]): string {
  const groups = new Map<string, Hotspot[]>();
  for (const spot of spots) {
    const key = spot.loop === undefined ? spot.place : `${spot.loop.head}`;
    groups.set(key, [...(groups.get(key) ?? []), spot]);
  }
  const rows = spots.map((spot) => COLUMNS.map(([, of]) => of(spot)));
  const widths = COLUMNS.map(([title], i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const lineOf = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (COLUMNS[i][2] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  const of = (group: readonly Hotspot[]) => group.reduce((sum, { share }) => sum + share, 0);
  const parts = [...groups.values()]
    .sort((a, b) => of(b) - of(a))
    .map((group) =>
      [headOf(group), ...group.map((spot) => lineOf(COLUMNS.map(([, text]) => text(spot))))].join('\n'),
    );
  const note =
    `# The ${spots.length} dearest instructions, ${(100 * of(spots)).toFixed(1)} % of all thread-cycles. There is no ` +
    'skid: cycles stand at the instruction that waited.';
  return `${[note, lineOf(COLUMNS.map(([title]) => title)), ...parts].join('\n\n')}\n`;
}

function headOf([{ place, loop }]: readonly Hotspot[]): string {
  if (loop === undefined) return `${place}, outside loops`;
  const { head, end, iterations, cyclesPerIteration } = loop;
  return `${place}, loop ${hex(head)}-${hex(end)}: ${iterations} iterations, ${number3(cyclesPerIteration)} cycles each`;
}
