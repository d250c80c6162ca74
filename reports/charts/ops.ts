import { ascending, descending, rollup, sum } from 'd3';
import { bigCount, count, countScale, percent } from '../format.js';
import type { OpCost } from '../results.js';
import { panelsChart, type Segment } from './panels.js';
import { type LegendItem, ramp } from './svg.js';

/** Where a call site stands in the forward pass. */
interface Place {
  readonly label: string;
  /** Order of execution. */
  readonly order: number;
  readonly style: string;
}

/** Whether this is no part of the forward passes: weights that were converted before the first one. */
export const isLoading = ({ site }: OpCost): boolean => site.startsWith('convert bytes');

/** Sites outside the layers by the beginning of their names, in the order of the forward pass. */
const OUTSIDE: readonly (Place & { readonly sites: RegExp })[] = [
  { label: 'conversion of weights', order: -2, style: 'c7', sites: /^convert/ },
  { label: 'embedding', order: -1, style: 'c1', sites: /^embedding/ },
  { label: 'classifier', order: 1e6, style: 'c2', sites: /^(classifier|rmsFinal)/ },
  { label: 'sampling', order: 1e6 + 1, style: 'c3', sites: /^(sampl|argmax|temperature|softmax)/ },
  { label: 'runtime', order: 1e6 + 2, style: 'c6', sites: /^(barrier|dispatch)/ },
];
const OTHER: Place = { label: 'elsewhere', order: 1e6 + 3, style: 'c4' };

export function placeOf({ layer, site }: Pick<OpCost, 'layer' | 'site'>): Place {
  if (layer >= 0) return { label: `layer ${layer}`, order: layer, style: 'c0' };
  return OUTSIDE.find(({ sites }) => sites.test(site)) ?? OTHER;
}

/** Operations by thread-cycles, largest first. */
export function byOperation(
  ops: readonly OpCost[],
): { op: string; cycles: number; instructions: number; calls: number; parts: OpCost[] }[] {
  return [
    ...rollup(
      ops,
      (parts) => parts,
      (o) => o.op,
    ),
  ]
    .map(([op, parts]) => ({
      op,
      cycles: sum(parts, (p) => p.cycles),
      instructions: sum(parts, (p) => p.instructions),
      calls: sum(parts, (p) => p.calls),
      parts,
    }))
    .sort((a, b) => descending(a.cycles, b.cycles) || ascending(a.op, b.op));
}

/** Thread-cycles by operation, each bar stacked by place in the forward pass. */
export function opsChart(ops: readonly OpCost[], width: number): string {
  const groups = byOperation(ops);
  const total = sum(ops, (o) => o.cycles);
  const layers = Math.max(0, ...ops.map((o) => o.layer + 1));
  const scale = countScale(groups[0]?.cycles ?? 0);
  return panelsChart(
    {
      name: 'ops',
      title: 'Thread-cycles by operation and place in the forward pass',
      description: groups
        .map((g) => `${g.op} ${percent(g.cycles, total)} (${bigCount(g.cycles)} thread-cycles)`)
        .join('; '),
      rows: groups.map((g) => g.op),
      legend: legendOf(ops, layers),
      panels: [
        {
          title: `thread-cycles${scale.unit === '' ? '' : ` (${scale.unit}s)`}`,
          factor: scale.factor,
          bars: groups.map((g) => ({
            segments: segmentsOf(g.op, g.parts, layers, total),
            label: `${percent(g.cycles, total)} · ${bigCount(g.cycles)}`,
          })),
        },
      ],
    },
    width,
  );
}

function segmentsOf(op: string, parts: readonly OpCost[], layers: number, total: number): Segment[] {
  const places = new Map<string, { place: Place; cycles: number; layer: number }>();
  for (const part of parts) {
    const place = placeOf(part);
    const known = places.get(place.label);
    places.set(place.label, { place, layer: part.layer, cycles: part.cycles + (known?.cycles ?? 0) });
  }
  return [...places.values()]
    .filter(({ cycles }) => cycles > 0)
    .sort((a, b) => ascending(a.place.order, b.place.order))
    .map(({ place, cycles, layer }) => ({
      value: cycles,
      style: place.style,
      opacity: layer >= 0 ? ramp(layer, layers) : 1,
      tip: `${op}, ${place.label}: ${count(cycles)} thread-cycles, ${percent(cycles, total)}`,
    }));
}

function legendOf(ops: readonly OpCost[], layers: number): LegendItem[] {
  const present = new Set(ops.filter((o) => o.cycles > 0).map((o) => placeOf(o).label));
  const plain = (place: Place): LegendItem[] =>
    present.has(place.label) ? [{ label: place.label, swatches: [{ style: place.style }] }] : [];
  const ramps: LegendItem[] =
    layers === 0
      ? []
      : [
          {
            label: layers === 1 ? 'layer 0' : `layers 0–${layers - 1}`,
            swatches: Array.from({ length: Math.min(layers, 8) }, (_, i) => ({
              style: 'c0',
              opacity: ramp(i, Math.min(layers, 8)),
            })),
          },
        ];
  const before = OUTSIDE.filter(({ order }) => order < 0).flatMap(plain);
  const after = [...OUTSIDE.filter(({ order }) => order >= 0), OTHER].flatMap(plain);
  return [...before, ...ramps, ...after];
}
