import { descending, rollup, sum } from 'd3';
import { bigCount, count, countScale, percent } from '../format.js';
import type { Stacks } from '../results.js';
import { panelsChart, type Segment } from './panels.js';
import type { LegendItem } from './svg.js';

/** Colour of each group of causes; the causes of a group differ in strength. */
const COLOUR: Readonly<Record<string, string>> = {
  base: 'c0',
  dependency: 'c2',
  structural: 'c4',
  branch: 'c3',
  fetch: 'c4',
  load: 'c1',
  loadHitStore: 'c7',
  store: 'c5',
  translation: 'c4',
  synchronisation: 'c6',
  barrier: 'c6',
  sibling: 'c6',
  idle: 'c6',
};
/**
 * Of leaves where their order does not give it: memory is stronger than what is near, waiting than being idle, and groups
 * of one colour differ, too.
 */
const STRENGTH: Readonly<Record<string, number>> = {
  fetch: 0.6,
  translation: 0.35,
  loadL2: 0.4,
  loadDram: 1,
  missSlots: 0.7,
  barrier: 0.8,
  sibling: 0.55,
  idle: 0.25,
};

interface Row {
  readonly name: string;
  readonly cycles: readonly number[];
}

/** Thread-cycles by operation, each bar stacked by cause. */
export function stacksByOperation(stacks: Stacks): Row[] {
  const groups = rollup(
    stacks.sites,
    (sites) => stacks.leaves.map((_, i) => sum(sites, ({ cycles }) => cycles[i])),
    ({ op }) => op,
  );
  return [...groups]
    .map(([name, cycles]) => ({ name, cycles }))
    .sort((a, b) => descending(sum(a.cycles), sum(b.cycles)));
}

export const stacksByThread = ({ threads }: Stacks): Row[] =>
  threads.map(({ thread, cycles }) => ({ name: `thread ${thread}`, cycles }));

/** Bars of rows, stacked by cause, in parts of `total`; `name` makes ids of charts on one page differ. */
export function stacksChart(
  name: string,
  title: string,
  rows: readonly Row[],
  leaves: Stacks['leaves'],
  width: number,
  total = sum(rows, ({ cycles }) => sum(cycles)),
): string {
  const scale = countScale(Math.max(0, ...rows.map(({ cycles }) => sum(cycles))));
  return panelsChart(
    {
      name,
      title,
      description: rows.map((row) => `${row.name}: ${describe(row, leaves)}`).join('; '),
      rows: rows.map((row) => row.name),
      legend: legendOf(rows, leaves),
      panels: [
        {
          title: `thread-cycles${scale.unit === '' ? '' : ` (${scale.unit}s)`}`,
          factor: scale.factor,
          bars: rows.map((row) => ({
            segments: segments(row, leaves),
            label: `${percent(sum(row.cycles), total)} · ${bigCount(sum(row.cycles))}`,
          })),
        },
      ],
    },
    width,
  );
}

function segments({ name, cycles }: Row, leaves: Stacks['leaves']): Segment[] {
  return leaves.flatMap((leaf, i) =>
    cycles[i] === 0
      ? []
      : [
          {
            value: cycles[i],
            ...swatch(leaf, leaves),
            tip: `${name}, ${leaf.title}: ${count(cycles[i])} thread-cycles, ${percent(cycles[i], sum(cycles))}`,
          },
        ],
  );
}

/** How a cause looks among all: no two look the same. */
export function swatch(
  leaf: Stacks['leaves'][number],
  leaves: Stacks['leaves'],
): { style: string; opacity: number } {
  const group = leaves.filter((other) => other.group === leaf.group);
  const place = group.findIndex(({ name }) => name === leaf.name);
  const step = 0.65 / Math.max(1, group.length - 1);
  return { style: COLOUR[leaf.group] ?? 'c4', opacity: STRENGTH[leaf.name] ?? 1 - step * place };
}

const legendOf = (rows: readonly Row[], leaves: Stacks['leaves']): LegendItem[] =>
  leaves.flatMap((leaf, i) =>
    rows.some(({ cycles }) => cycles[i] > 0) ? [{ label: leaf.title, swatches: [swatch(leaf, leaves)] }] : [],
  );

/** The three largest causes in words. */
function describe({ cycles }: Row, leaves: Stacks['leaves']): string {
  return leaves
    .map(({ title }, i) => ({ title, cycles: cycles[i] }))
    .filter((cause) => cause.cycles > 0)
    .sort((a, b) => descending(a.cycles, b.cycles))
    .slice(0, 3)
    .map((cause) => `${cause.title} ${percent(cause.cycles, sum(cycles))}`)
    .join(', ');
}
