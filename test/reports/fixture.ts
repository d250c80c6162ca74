import type {
  EndianComparison,
  MemoryRegion,
  OpCost,
  PositionCost,
  RunResult,
} from '../../reports/results.js';

/** A run of the stories15M shape (six layers) as it might come out: plausible numbers from formulas. */

const MIB = 2 ** 20;
const [DIM, HIDDEN, LAYERS, VOCABULARY, CONTEXT, THREADS] = [288, 768, 6, 32000, 128, 6];
const STORY =
  'Sleepy Joe said that the moon was a lamp somebody had forgotten to turn off. "Who will turn it off?" asked the cat. ' +
  'Joe thought about it for a long time. He took his red ladder and walked up the hill & over it. At the top he was so ' +
  'tired that he lay down in the grass. "I will do it tomorrow," he said. The cat lay down, too, and the moon stayed on ' +
  'all night to watch them sleep.';
const PROMPT = 'Sleepy Joe said';
const PROMPT_TOKENS = 6;

const pieces = STORY.match(/\s?\S{1,6}/g) ?? [];

export const positions: readonly PositionCost[] = Array.from({ length: 96 }, (_, position) => ({
  position,
  token: position === 0 ? 1 : 259 + ((position * 7919) % 31000),
  piece: pieces[position % pieces.length],
  seconds: 0.0312 + position * 21e-6 + (position === 0 ? 0.0121 : 0) + ((position * 37) % 11) * 18e-6,
  dramReadBytes: 60_826_624 + position * 13_824 + (position === 0 ? 2_400_000 : 0),
}));

const seconds = positions.reduce((sum, p) => sum + p.seconds, 0);
const steps = positions.length;

/** Thread-cycles of a matrix-vector product over the run, waiting on memory most of the time. */
const matmul = (op: string, site: string, layer: number, rows: number, columns: number): OpCost => ({
  op,
  site,
  layer,
  calls: steps,
  cycles: Math.round(rows * columns * steps * 35.5 + rows * 210),
  instructions: Math.round(rows * columns * steps * 2.2),
});
const small = (op: string, site: string, layer: number, cycles: number, perCycle: number): OpCost => ({
  op,
  site,
  layer,
  calls: steps,
  cycles: cycles * steps * 60,
  instructions: Math.round(cycles * steps * 60 * perCycle),
});

const layer = (l: number): OpCost[] => [
  small('rmsnorm', `layer ${l} attention norm`, l, 7_900 + 40 * l, 0.31),
  ...['wq', 'wk', 'wv', 'wo'].map((w) => matmul('matmul', `layer ${l} ${w}`, l, DIM, DIM)),
  small('rope', `layer ${l} rope`, l, 6_400, 0.42),
  small('attention', `layer ${l} attention`, l, 61_000 + 900 * l, 0.38),
  small('residual', `layer ${l} residual`, l, 1_900, 0.5),
  matmul('matmul', `layer ${l} w1`, l, HIDDEN, DIM),
  matmul('matmul', `layer ${l} w3`, l, HIDDEN, DIM),
  small('swiglu', `layer ${l} swiglu`, l, 15_100, 0.55),
  matmul('matmul', `layer ${l} w2`, l, DIM, HIDDEN),
  small('barrier', `layer ${l} barrier`, l, 38_000 - 700 * l, 0.12),
];

export const ops: readonly OpCost[] = [
  small('embedding', 'embedding', -1, 1_200, 0.2),
  ...Array.from({ length: LAYERS }, (_, l) => layer(l)).flat(),
  small('rmsnorm', 'classifier norm', -1, 8_050, 0.31),
  matmul('matmul', 'classifier', -1, VOCABULARY, DIM),
  small('argmax', 'sampling', -1, 44_000, 0.47),
  small('dispatch', 'dispatch', -1, 21_000, 0.28),
];

const WEIGHTS = 60_816_028 - 28;
const regions: readonly (readonly [string, string, number])[] = [
  ['program', 'program', 96 * 1024],
  ['tape', 'tape', 22_528],
  ['thread stacks', 'stack', 6 * 256 * 1024],
  ['weights', 'weights', WEIGHTS],
  ['key cache', 'kvCache', 4 * LAYERS * CONTEXT * DIM],
  ['value cache', 'kvCache', 4 * LAYERS * CONTEXT * DIM],
  ['activations', 'activations', 4 * (6 * DIM + 3 * HIDDEN)],
  ['logits', 'activations', 4 * VOCABULARY],
  ['tables of rope and exp', 'weights', 49_152],
];
let next = 65_536;
export const memoryMap: readonly MemoryRegion[] = [
  { name: 'exception vectors', owner: 'system', start: 0, bytes: 65_536 },
  ...regions.map(([name, owner, bytes]) => {
    const region = { name, owner, start: next, bytes };
    next = Math.ceil((next + bytes) / 128) * 128;
    return region;
  }),
  { name: 'file buffer', owner: 'file', start: 128 * MIB, bytes: WEIGHTS + 28 },
  { name: 'system reservation', owner: 'system', start: 480 * MIB, bytes: 32 * MIB },
  { name: 'framebuffer', owner: 'framebuffer', start: 484 * MIB, bytes: 3_686_400 },
];

/** Loading in two steps, then a cache that grows with the positions. */
const footprint = [0, 4, 4.5, 4.5, ...[24, 96].map((n) => 4.5 + (seconds * n) / steps)].map((at, i) => ({
  event: ['start', 'file read', 'converted', 'ready', 'position 23', 'position 95'][i],
  seconds: at,
  bytes: {
    system: 32 * MIB,
    framebuffers: 3_686_400,
    'file buffer': i > 0 ? WEIGHTS + 28 : 0,
    'swapped copy': i > 1 ? WEIGHTS : 0,
    'KV cache': [0, 0, 0, 0, 24, 96][i] * 8 * LAYERS * DIM,
    activations: i > 2 ? 4 * (6 * DIM + 3 * HIDDEN) : 0,
  },
}));

const after = seconds - positions[0].seconds;
const read = positions.reduce((sum, p) => sum + p.dramReadBytes, 0);
const cycles = Math.round(seconds * 3.2e9);
const instructions = ops.filter((o) => o.op !== 'barrier').reduce((sum, o) => sum + o.instructions, 0);

export const run: RunResult = {
  schema: 'xenon-run/1',
  tokens: [1, ...positions.map((p) => p.token)],
  text: STORY,
  promptTokens: PROMPT_TOKENS,
  model: { name: 'stories15M', sha256: 'cd590644d963867a2b6e5a1107f51fad663c41d79c149fd5ad63ba42a0f2e8a5' },
  machine: {
    preset: 'xbox360',
    clock: 3.2,
    l1d: { sizeBytes: 32768, ways: 4, lineBytes: 128 },
    l2: { sizeBytes: 1048576, ways: 8 },
    memory: { latencyCycles: 610, rowPolicy: 'open' },
  },
  settings: {
    threads: THREADS,
    placement: [0, 2, 4, 1, 3, 5],
    kernels: {
      matmul: 'vmx128',
      rmsnorm: 'vmx128',
      rope: 'vmx128',
      attention: 'vmx128',
      swiglu: 'vmx128',
      sample: 'scalar',
    },
    endian: 'load-vperm',
    quant: 'fp32',
    mode: 'detailed',
    prompt: PROMPT,
    steps,
    temperature: 0,
    topP: 0.9,
    seed: 1,
    context: CONTEXT,
  },
  simulated: {
    cycles,
    seconds,
    instructions,
    spinInstructions: Math.round(instructions * 0.04),
    ipc: instructions / cycles,
    tokensPerSecond: (steps - 1) / after,
    decodeTokensPerSecond:
      (steps - PROMPT_TOKENS) / positions.slice(PROMPT_TOKENS).reduce((sum, p) => sum + p.seconds, 0),
    prefillSeconds: positions.slice(0, PROMPT_TOKENS).reduce((sum, p) => sum + p.seconds, 0),
    positionsForwarded: steps,
    loadSeconds: 5.18,
    deviceReadSeconds: 5.0681,
    convertSeconds: 0.1119,
    timeToFirstTokenSeconds: 5.4,
    dramReadBytes: read,
    dramWriteBytes: 41_287_680,
    busReadUtilisation: read / seconds / 10.8e9,
    readGBPerSecond: read / seconds / 1e9,
    readPercentOfPeak: (100 * read) / seconds / 10.8e9,
    unloadedMemoryLatencyCycles: 610,
    peakMemoryBytes: next,
  },
  ops,
  positions,
  memoryMap,
  memory: {
    poolBytes: 512 * MIB,
    allocatedBytes: 160 * MIB,
    peakUsedBytes: 158 * MIB,
    footprint,
    largestContext: 256,
    modelContext: 256,
    alternatives: [
      { quant: 'fp32', kvCache: 'fp32', missingBytes: 3_200_000, largestContext: 0 },
      { quant: 'q80', kvCache: 'int8', missingBytes: 0, largestContext: 256 },
    ],
  },
  streaming: {
    device: 'usb',
    residentLayers: 4,
    streamedLayers: 2,
    buffers: 2,
    bytesPerPass: 4_000_000,
    bytes: 384_000_000,
    waitSeconds: 41.5,
  },
  provenance: {
    command: `xenon run --model stories15M.bin --prompt '${PROMPT}' --steps 96 --context 128 --endian load-vperm`,
    version: '0.1.0',
    code: '9f2d6c1be84a0f37d5529c1c50a8be6ad0f1c3b7e2a4986d0b57fe31c8624a90',
  },
  threats: [
    {
      path: 'memory.latencyCycles',
      value: 610,
      unit: 'cycles',
      low: 500,
      high: 640,
      grade: 'second-hand',
      note: 'one talk; a profile shows 640',
    },
    {
      path: 'bus.efficiency',
      value: 0.82,
      unit: 'count',
      low: 0.6,
      high: 0.95,
      grade: 'inferred',
      note: 'from streaming figures',
    },
    {
      path: 'tlb.softwareWalkUncached',
      value: false,
      unit: 'flag',
      choices: [false, true],
      grade: 'unverified',
      note: 'how libxenon maps its handler',
    },
    { path: 'io.hddMBps', value: 28, unit: 'MB/s', low: 20, high: 35, grade: 'unverified' },
    {
      path: 'core.loadHitStore',
      value: 40,
      unit: 'cycles',
      low: 40,
      high: 80,
      grade: 'inferred',
      note: 'sources disagree',
    },
  ],
  host: { seconds: 61.2, mips: 48.7, node: 'v20.20.2' },
};

const strategy = (
  name: string,
  convert: number,
  tokensPerSecond: number,
  memory: number,
): EndianComparison => ({
  strategy: name,
  positions: 24,
  deviceReadSeconds: 5.0681,
  convertSeconds: convert,
  loadSeconds: 5.0681 + convert,
  timeToFirstTokenSeconds: 5.0681 + convert + PROMPT_TOKENS / tokensPerSecond,
  tokensPerSecond,
  peakMemoryBytes: memory,
});

export const comparison: readonly EndianComparison[] = [
  strategy('offline', 0, 31.22, 64.8 * MIB),
  strategy('load-copy', 0.4127, 31.21, 122.8 * MIB),
  strategy('load-scalar', 0.8453, 31.22, 64.8 * MIB),
  strategy('load-vperm', 0.1119, 31.22, 64.8 * MIB),
  strategy('fused-vperm', 0, 27.04, 64.8 * MIB),
];

/** The same run with some settings and results replaced. */
export const variant = (
  settings: Partial<RunResult['settings']>,
  simulated: Partial<RunResult['simulated']>,
): RunResult => ({
  ...run,
  settings: { ...run.settings, ...settings } as RunResult['settings'],
  simulated: { ...run.simulated, ...simulated },
});

export const runs = [
  { name: '6 threads, vmx128', run },
  {
    name: '3 threads, vmx128',
    run: variant(
      { threads: 3, placement: [0, 2, 4] },
      { tokensPerSecond: 24.1, decodeTokensPerSecond: 24.0 },
    ),
  },
  {
    name: '1 thread, vmx128',
    run: variant({ threads: 1, placement: [0] }, { tokensPerSecond: 11.92, decodeTokensPerSecond: 11.85 }),
  },
  {
    name: '1 thread, scalar, load-copy',
    run: variant(
      { threads: 1, placement: [0], endian: 'load-copy', kernels: { matmul: 'scalar', rmsnorm: 'scalar' } },
      { tokensPerSecond: 4.71, decodeTokensPerSecond: 4.69, loadSeconds: 6.9, peakMemoryBytes: 122.8 * MIB },
    ),
  },
];

/** Text that would do harm if any of it reached a page as markup. */
export const HOSTILE = `</style></script><script>alert('x')</script><img src=x onerror=alert(1)>&amp;"'\`\u0000\u001b[31m\ud800`;

export const hostileRun: RunResult = {
  ...run,
  text: `${HOSTILE} and more`,
  model: { ...run.model, name: HOSTILE, note: HOSTILE },
  machine: { preset: HOSTILE, [HOSTILE]: HOSTILE },
  settings: {
    ...run.settings,
    prompt: HOSTILE,
    endian: HOSTILE,
    quant: HOSTILE,
    kernels: { [HOSTILE]: HOSTILE },
    [HOSTILE]: HOSTILE,
  },
  ops: run.ops.slice(0, 8).map((o) => ({ ...o, op: o.op === 'matmul' ? HOSTILE : o.op, site: HOSTILE })),
  positions: run.positions.slice(0, 4).map((p) => ({ ...p, piece: HOSTILE })),
  memoryMap: run.memoryMap.map((r) => ({ ...r, name: HOSTILE, owner: HOSTILE })),
  threats: [
    {
      path: HOSTILE,
      value: HOSTILE,
      unit: HOSTILE,
      grade: HOSTILE,
      note: HOSTILE,
      choices: [HOSTILE, HOSTILE],
    },
  ],
  comparison: comparison.map((c) => ({ ...c, strategy: HOSTILE })),
  provenance: { command: HOSTILE, version: HOSTILE, code: HOSTILE },
  host: { seconds: 1, mips: 1, [HOSTILE]: HOSTILE },
};
