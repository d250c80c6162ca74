import { interruption, isTimed } from '../../reports/answer.js';
import { byOperation, isLoading } from '../../reports/charts/ops.js';
import { kernelsText } from '../../reports/command.js';
import type { OpCost, RunResult } from '../../reports/results.js';
import { stackText } from './stack-text.js';
import { duration, formatTable, grouped, mib, percent } from './table.js';

/** Two decimals, or three digits of what has none: a model that is streamed may take a minute a token. */
const rate = (perSecond: number): string =>
  perSecond > 0 && perSecond < 0.1 ? perSecond.toPrecision(3) : perSecond.toFixed(2);

const rates = ({ tokensPerSecond, decodeTokensPerSecond: decode }: RunResult['simulated']): string =>
  decode > 0 ? `${rate(tokensPerSecond)} (decode ${rate(decode)})` : rate(tokensPerSecond);

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
      `${result.model.name}, ${precisions(result)}, kernels ${kernelsText(m.kernels)}, endian ${m.endian}`,
    ],
    [
      'simulated',
      isTimed(result)
        ? `${duration(s.seconds)} for ${s.positionsForwarded} positions, load ${duration(s.loadSeconds)}`
        : `${s.positionsForwarded} positions without timing`,
    ],
    ...(result.interrupted ? [['interrupted', interruption(result)]] : []),
    ['host', hostTime(result.host)],
  ];
  const memory = memoryLines(result);
  if (!isTimed(result)) return formatTable([...head, ...memory]);
  const speed = [
    // Rates of the positions after the first, and after the prompt, where there are any.
    ...(s.tokensPerSecond > 0 ? [['tokens/s', rates(s)]] : []),
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

function hostTime({ seconds, loadSeconds, mips }: RunResult['host']): string {
  const loading = loadSeconds === undefined ? '' : `, ${loadSeconds.toFixed(1)} s of it to load`;
  return `${seconds.toFixed(1)} s${loading}, ${mips.toFixed(0)} MIPS`;
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
  const total = ops.reduce((sum, { cycles }) => sum + cycles, 0);
  return formatTable([
    [
      `where cycles went${ops.some(isLoading) ? ', with loading' : ''}`,
      'share',
      'thread-cycles',
      'instructions',
      'CPI',
    ],
    ...byOperation(ops).map(({ op, cycles, instructions }) => [
      op,
      percent(cycles, total),
      grouped(cycles),
      grouped(instructions),
      instructions === 0 ? '-' : (cycles / instructions).toFixed(2),
    ]),
  ]);
}
