import { byteAttentionWork } from '../../models/kernels/ops-cache.js';
import { attentionWork } from '../../models/kernels/ops-forward.js';
import { headSize } from '../../models/zoo.js';
import type { OpCost, RunRoofline, Simulated } from '../../reports/results.js';
import type { Prepared } from './prepare.js';
import { ceilingsAt } from './roofline.js';

interface Work {
  flops: number;
  bytes: number;
}

const key = ({ op, site, layer }: Pick<OpCost, 'op' | 'site' | 'layer'>): string => `${op} ${layer} ${site}`;

/** How near each operation of a run has come to what its threads can do at most. */
export function rooflineOf(
  prepared: Prepared,
  threads: readonly number[],
  ops: readonly OpCost[],
  { cycles, dramReadBytes }: Pick<Simulated, 'cycles' | 'dramReadBytes'>,
): RunRoofline {
  const { machine } = prepared;
  const { vector, scalar, memory } = ceilingsAt(machine, threads);
  const point = (
    op: string,
    { flops, bytes }: Work,
    threadCycles: number,
    bytesAre: RunRoofline['points'][number]['bytesAre'],
  ): RunRoofline['points'][number] => ({
    op,
    bytesAre,
    flops,
    bytes,
    threadCycles,
    flopsPerSecond: (flops * machine.clock * threads.length) / threadCycles,
    attainable: Math.min(vector.sustained, (flops / bytes) * memory.sustained),
  });
  const works = worksOf(prepared, ops);
  const spent = (op: string) => ops.reduce((sum, cost) => sum + (cost.op === op ? cost.cycles : 0), 0);
  const points = [...works]
    .filter(([, { flops }]) => flops > 0)
    .map(([op, work]) => point(op, work, spent(op), 'operands'))
    .sort((a, b) => b.threadCycles - a.threadCycles);
  const all = {
    flops: points.reduce((sum, { flops }) => sum + flops, 0),
    bytes: dramReadBytes,
  };
  return {
    ceilings: [vector, scalar, memory],
    points: [...points, point('forward passes', all, cycles * threads.length, 'read')],
  };
}

/** Arithmetic operations and bytes of operands of a whole run, by operation. */
function worksOf({ program, run, fit }: Prepared, ops: readonly OpCost[]): Map<string, Work> {
  const works = new Map<string, Work>();
  const add = (op: string, { flops, bytes }: Work, times: number) => {
    const work = works.get(op) ?? { flops: 0, bytes: 0 };
    works.set(op, { flops: work.flops + times * flops, bytes: work.bytes + times * bytes });
  };
  const calls = new Map<string, number>();
  for (const cost of ops) calls.set(key(cost), (calls.get(key(cost)) ?? 0) + cost.calls);
  // A matrix whose bytes are turned piece by piece is several entries of the tape at one site.
  const pieces = new Map<string, number>();
  for (const site of program.sites) pieces.set(key(site), (pieces.get(key(site)) ?? 0) + site.calls);
  for (const site of program.sites) {
    const passes = (calls.get(key(site)) ?? 0) / (pieces.get(key(site)) ?? 1);
    if (passes > 0) add(site.op, site, passes);
  }
  const { shape } = program;
  const attention = fit.kvCache === 'int8' ? byteAttentionWork : attentionWork;
  for (const { position } of run.positions)
    add('attention', attention(headSize(shape), position), shape.layers * shape.heads);
  return works;
}
