import type { OpCost, RunResult } from '../../reports/results.js';
import { duration, formatTable, grouped, mib, percent } from './table.js';

/** The short table that ends `xenon run`. */
export function summaryOf(result: RunResult): string {
  const s = result.simulated;
  const m = result.settings;
  const head = [
    [
      'machine',
      `${result.machine.preset}, ${m.threads} thread${m.threads === 1 ? '' : 's'} (${m.placement.join(',')})`,
    ],
    ['model', `${result.model.name}, ${m.quant}, kernels ${describeKernels(m.kernels)}, endian ${m.endian}`],
    [
      'simulated',
      `${duration(s.seconds)} for ${s.positionsForwarded} positions, load ${duration(s.loadSeconds)}`,
    ],
    ['host', `${result.host.seconds.toFixed(1)} s, ${result.host.mips.toFixed(0)} MIPS`],
  ];
  if (m.mode === 'functional') return formatTable(head);
  const speed = [
    ['tokens/s', `${s.tokensPerSecond.toFixed(2)} (decode ${s.decodeTokensPerSecond.toFixed(2)})`],
    ['first token', `${duration(s.timeToFirstTokenSeconds)} after the start of loading`],
    ['instructions', `${grouped(s.instructions)}, IPC ${s.ipc.toFixed(3)}`],
    [
      'memory',
      `${s.readGBPerSecond.toFixed(2)} GB/s read, ${s.readPercentOfPeak.toFixed(1)} % of the bus; ` +
        `latency unloaded ${s.unloadedMemoryLatencyCycles.toFixed(0)} cycles`,
    ],
    [
      'moved',
      `${mib(s.dramReadBytes)} read, ${mib(s.dramWriteBytes)} written, peak memory ${mib(s.peakMemoryBytes)}`,
    ],
  ];
  return `${formatTable([...head, ...speed])}\n\n${opTable(result.ops)}`;
}

/** Cycles by operation, largest first. */
function opTable(ops: readonly OpCost[]): string {
  const byOp = new Map<string, { cycles: number; instructions: number; calls: number }>();
  let total = 0;
  for (const o of ops) {
    const sum = byOp.get(o.op) ?? { cycles: 0, instructions: 0, calls: 0 };
    sum.cycles += o.cycles;
    sum.instructions += o.instructions;
    sum.calls += o.calls;
    total += o.cycles;
    byOp.set(o.op, sum);
  }
  const rows = [...byOp].sort((a, b) => b[1].cycles - a[1].cycles);
  return formatTable([
    ['where cycles went', 'share', 'thread-cycles', 'instructions', 'CPI'],
    ...rows.map(([op, sum]) => [
      op,
      percent(sum.cycles, total),
      grouped(sum.cycles),
      grouped(sum.instructions),
      sum.instructions === 0 ? '-' : (sum.cycles / sum.instructions).toFixed(2),
    ]),
  ]);
}

function describeKernels(kernels: Readonly<Record<string, string>>): string {
  const counts = new Map<string, number>();
  for (const variant of Object.values(kernels)) counts.set(variant, (counts.get(variant) ?? 0) + 1);
  const main = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
  const others = Object.entries(kernels).filter(([, v]) => v !== main);
  return [main, ...others.map(([op, v]) => `${op}=${v}`)].join(',');
}
