import { interruption } from '../../reports/answer.js';
import type { OpCost, RunResult } from '../../reports/results.js';
import { stackText } from './stack-text.js';
import { duration, formatTable, grouped, mib, percent } from './table.js';

/** Two decimals, or three digits of what has none: a model that is streamed may take a minute a token. */
const rate = (perSecond: number): string =>
  perSecond > 0 && perSecond < 0.1 ? perSecond.toPrecision(3) : perSecond.toFixed(2);

/** The short table that ends `xenon run`. */
export function summaryOf(result: RunResult): string {
  const s = result.simulated;
  const m = result.settings;
  const head = [
    [
      'machine',
      `${result.machine.preset}, ${m.threads} thread${m.threads === 1 ? '' : 's'} (${m.placement.join(',')})`,
    ],
    [
      'model',
      `${result.model.name}, ${precisions(result)}, kernels ${describeKernels(m.kernels)}, endian ${m.endian}`,
    ],
    [
      'simulated',
      `${duration(s.seconds)} for ${s.positionsForwarded} positions, load ${duration(s.loadSeconds)}`,
    ],
    ...(result.interrupted ? [['interrupted', interruption(result)]] : []),
    ['host', `${result.host.seconds.toFixed(1)} s, ${result.host.mips.toFixed(0)} MIPS`],
  ];
  const memory = memoryLines(result);
  if (m.mode === 'functional') return formatTable([...head, ...memory]);
  const speed = [
    ['tokens/s', `${rate(s.tokensPerSecond)} (decode ${rate(s.decodeTokensPerSecond)})`],
    ...intervalLine(result),
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
  const stacks = result.stacks === undefined ? '' : `\n\n${stackText(result.stacks)}`;
  return `${formatTable([...head, ...speed, ...memory])}\n\n${opTable(result.ops)}${stacks}`;
}

/** How far a sampled run may be off. */
function intervalLine({ simulated: { interval } }: RunResult): string[][] {
  if (interval === undefined) return [];
  const { low, high } = interval.tokensPerSecond;
  const share = (100 * (interval.high - interval.low)) / (interval.high + interval.low);
  return [
    [
      'estimated',
      `${low.toFixed(2)} to ${high.toFixed(2)} tokens/s with ${100 * interval.confidence} % confidence; cycles within ` +
        `${share.toFixed(2)} %; ${interval.measuredPositions} positions measured`,
    ],
  ];
}

/** Types of weights, and of activations, cache and prompt where they are not as usual. */
function precisions({ settings: m }: RunResult): string {
  return [
    m.quant,
    ...(m.activations === 'q80' ? ['activations q80'] : []),
    ...(m.kvCache === 'int8' ? ['KV cache int8'] : []),
    ...(Number(m.prefillBatch ?? 1) > 1 ? [`prompt by ${m.prefillBatch}`] : []),
  ].join(', ');
}

/** How full the memory was, and what a device brought. */
function memoryLines({ memory, streaming }: RunResult): string[][] {
  if (memory === undefined) return [];
  const { allocatedBytes, poolBytes, largestContext, modelContext } = memory;
  const context =
    largestContext >= modelContext
      ? `the model's whole context of ${modelContext} fits`
      : `the largest context that fits is ${largestContext} of the model's ${modelContext}`;
  return [
    ['footprint', `${mib(allocatedBytes)} of ${mib(poolBytes)}; ${context}`],
    ...(streaming === undefined
      ? []
      : [
          [
            'streamed',
            `${streaming.streamedLayers} layers by ${streaming.device} into ${streaming.buffers} buffers while others are` +
              ` computed, ${mib(streaming.bytesPerPass)} a pass; ${duration(streaming.waitSeconds)} waited for it`,
          ],
        ]),
  ];
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
