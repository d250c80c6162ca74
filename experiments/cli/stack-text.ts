import type { Stacks } from '../../reports/results.js';
import { formatTable, grouped, percent } from './table.js';

const BAR = 32;
/** Causes named for each operation, and the least share worth naming. */
const NAMED = 3;
const LEAST = 0.03;

/** Where cycles went: all threads together by cause, then each operation with its main causes. */
export function stackText({ leaves, threads, sites }: Stacks): string {
  const all = leaves.map((_, i) => threads.reduce((sum, { cycles }) => sum + cycles[i], 0));
  const total = all.reduce((a, b) => a + b, 0);
  const rows = leaves
    .map(({ title }, i) => ({ title, cycles: all[i] }))
    .filter(({ cycles }) => cycles > 0)
    .sort((a, b) => b.cycles - a.cycles)
    .map(({ title, cycles }) => [
      title,
      percent(cycles, total),
      grouped(cycles),
      '#'.repeat(Math.round((BAR * cycles) / total)),
    ]);
  const ops = new Map<string, number[]>();
  for (const { op, cycles } of sites) {
    const sum = ops.get(op) ?? cycles.map(() => 0);
    cycles.forEach((n, i) => {
      sum[i] += n;
    });
    ops.set(op, sum);
  }
  const named = [...ops]
    .map(([op, cycles]) => ({ op, cycles, sum: cycles.reduce((a, b) => a + b, 0) }))
    .sort((a, b) => b.sum - a.sum)
    .map(({ op, cycles, sum }) => [op, percent(sum, total), mainCauses(leaves, cycles, sum)]);
  return [
    formatTable([['why', 'share', 'thread-cycles', ''], ...rows]),
    formatTable([['operation', 'share', 'mainly'], ...named]),
  ].join('\n\n');
}

/** `load from DRAM 71 %, base 12 %`. */
function mainCauses(
  leaves: readonly { readonly title: string }[],
  cycles: readonly number[],
  sum: number,
): string {
  return leaves
    .map(({ title }, i) => ({ title, share: cycles[i] / sum }))
    .filter(({ share }) => share >= LEAST)
    .sort((a, b) => b.share - a.share)
    .slice(0, NAMED)
    .map(({ title, share }) => `${title} ${Math.round(100 * share)} %`)
    .join(', ');
}
