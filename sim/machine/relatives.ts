import type { TimingClass } from '../isa/row.js';
import { choice, flag, type Grade, type NumberParam, number, type Param, recorded, tuned } from './record.js';
import type { MachineConfig } from './xbox360.js';
import { UNIT_NAMES, type UnitName } from './xbox360-core.js';

/**
 * Recipes of the console's relatives: what differs from it. Latencies are those of the compiler's models of these
 * processors, sizes and widths those of their manuals. What no document tells is `own`, with the range in which it
 * may lie.
 */
export type Machine = Writable<MachineConfig>;
/** Branches may be changed; a leaf is replaced as a whole. */
type Writable<T> = T extends Param ? T : { -readonly [K in keyof T]: Writable<T[K]> };
type Range = readonly [low: number, high: number];

const cycles = (value: number, source: string, range?: Range, note?: string): NumberParam =>
  number(value, 'cycles', source, gradeOf(source), range, note);
const count = (value: number, source: string, range?: Range, note?: string): NumberParam =>
  number(value, 'count', source, gradeOf(source), range, note);
const bytes = (value: number, source: string): NumberParam => number(value, 'B', source, gradeOf(source));
const yes = (source: string, note?: string) => flag(true, source, gradeOf(source), false, note);
const no = (source: string) => flag(false, source, gradeOf(source));

function gradeOf(source: string): Grade {
  if (source === 'own') return 'inferred';
  if (source === 'ANAND' || source === 'MEMSPEED') return 'measured';
  return source.startsWith('GCC') ? 'vendor model' : 'vendor doc';
}

const KiB = 1024;

const LOADS: readonly TimingClass[] = [
  'load',
  'loadAlgebraic',
  'loadMultiple',
  'loadReversed',
  'loadReserve',
];
const VECTOR_SIMPLE: readonly TimingClass[] = ['vectorSimple', 'vectorCompareInteger'];
const VECTOR_FLOAT: readonly TimingClass[] = [
  'vectorFloat',
  'vectorDot',
  'vectorEstimate',
  'vectorCompareFloat',
];

/** Sets the latency of classes, and how long they keep their unit. */
function timed(
  m: Machine,
  source: string,
  list: Partial<Record<TimingClass, number | readonly [latency: number, block: number]>>,
): void {
  for (const [name, value] of Object.entries(list) as [TimingClass, number | readonly [number, number]][]) {
    const [latency, block] = typeof value === 'number' ? [value, 0] : value;
    m.core.latency[name] = cycles(latency, source);
    m.core.block[name] = cycles(block, source);
  }
}

function onUnit(m: Machine, unit: UnitName, classes: readonly TimingClass[], source: string): void {
  for (const name of classes) m.core.unit[name] = choice(unit, UNIT_NAMES, source, gradeOf(source));
}

/** What all out-of-order relatives have in common: one core, one thread, caches of their own. */
function outOfOrder(m: Machine, source: string): void {
  const { core } = m;
  core.count = count(1, source);
  core.threadsPerCore = count(1, source);
  core.vmx128 = no(source);
  core.addressExtra = cycles(0, source);
  core.updateLatencyCycles = cycles(1, source);
  core.vectorToIntegerCycles = recorded(cycles(1, 'own', undefined, 'not modelled'));
  core.loadHitStoreCycles = cycles(0, 'own', [0, 12], 'stores forward their data to younger loads');
  core.misalignedCycles = cycles(1, 'own', [1, 3], 'crossing a doubleword');
  core.window.floatDispatchWidth = count(1, source);
  core.window.loadStoreDispatchWidth = count(1, source);
  m.plainMemory.enabled = yes('own', 'not built like the console');
  m.missQueue.whenFull = choice('block', ['block', 'drop'], source, gradeOf(source));
  onUnit(m, 'float', ['float', 'floatMove', 'floatCompare', 'floatDivide', 'floatSquareRoot'], source);
  onUnit(m, 'float', ['floatEstimate', 'floatStatus'], source);
  onUnit(m, 'vectorFloat', VECTOR_FLOAT, source);
  onUnit(m, 'arithmetic', VECTOR_SIMPLE, source);
  // A fence drains the window; what it waits for on the bus has no figure.
  for (const fence of ['syncCycles', 'lwsyncCycles', 'eieioCycles'] as const)
    m.sync[fence] = cycles(20, 'own', [5, 100], 'no figure');
  m.atomic.loadReserveCycles = cycles(3, 'own', [3, 20], 'as a load');
  m.atomic.storeConditionalCycles = cycles(5, 'own', [3, 40], 'no figure');
}

/** PowerPC 750: two instructions a cycle, six in flight, loads and stores in order, one miss at a time. */
function g3(m: Machine): void {
  const { core } = m;
  outOfOrder(m, 'IBM750');
  core.window.entries = count(6, 'IBM750');
  core.window.dispatchWidth = count(2, 'IBM750');
  core.window.retireWidth = count(2, 'IBM750');
  core.window.integerStations = count(1, 'IBM750');
  core.window.loadStoreStations = count(2, 'IBM750');
  core.window.floatStations = count(1, 'IBM750');
  core.window.vectorStations = count(1, 'IBM750', undefined, 'it has no vector units');
  core.window.vectorDispatchWidth = count(1, 'IBM750');
  core.window.storesWaitForData = flag(
    false,
    'own',
    'inferred',
    true,
    'figures for integers say it does not',
  );
  core.window.integerUnits = count(2, 'IBM750');
  core.window.loadStoreUnits = count(1, 'IBM750');
  core.window.floatUnits = count(1, 'IBM750');
  core.window.vectorUnitsOfAKind = count(1, 'IBM750');
  core.window.foldsBranches = yes('IBM750');
  core.window.knowsCounter = yes('IBM750');
  core.window.serializesMoves = yes('IBM750', 'execution serialized');
  m.plainMemory.loadMissesWaitForStores = tuned(
    flag(true, 'own', 'inferred', true, 'loads bypass stores where they hit'),
    false,
  );
  for (const name of LOADS) timed(m, 'GCC-7XX', { [name]: 2 });
  timed(m, 'GCC-7XX', {
    loadFloat: 2,
    loadVector: 2,
    shiftPattern: 2,
    store: 1,
    storeFloat: 1,
    storeVector: 1,
  });
  timed(m, 'GCC-7XX', { storeMultiple: 1, storeReversed: 1, storeConditional: 1 });
  timed(m, 'GCC-7XX', { integer: 1, shiftVariable: 1, multiplyImmediate: [3, 2], multiplyWord: [4, 4] });
  timed(m, 'GCC-7XX', { multiplyDouble: [4, 4], divideWord: [19, 19], divideDouble: [19, 19] });
  timed(m, 'GCC-7XX', { float: 3, floatMove: 3, floatCompare: 2, floatEstimate: [10, 10] });
  timed(m, 'GCC-7XX', { floatDivide: [31, 31], floatSquareRoot: [31, 31], floatStatus: [3, 3] });
  timed(m, 'GCC-7XX', {
    moveFromCr: 2,
    moveToCr: 2,
    moveFromSpr: [3, 2],
    moveToSpr: [2, 2],
    crLogical: [3, 2],
  });
  // Copying singles takes 5.1 cycles each from L1, one of them the load: as much a word, whatever else is done.
  core.block.storeFloat = cycles(8, 'MEMSPEED', [7, 9], 'a double; 4 for a single; GCC has 1');
  m.plainMemory.storeMissCycles = number(
    54,
    'ns',
    'MEMSPEED',
    'measured',
    [45, 60],
    'copying from memory, twice as many stores for the same bytes take 215 ns more for 64 bytes',
  );
  core.doubleMultiply.extraLatency = cycles(1, 'GCC-7XX');
  core.doubleMultiply.blockCycles = cycles(2, 'GCC-7XX');
  core.crToBranch.compare = cycles(1, 'IBM750', [1, 2], 'GCC: 2');
  core.crToBranch.record = cycles(1, 'IBM750', [1, 2], 'GCC: 2');
  core.crToBranch.floatCompare = cycles(2, 'GCC-7XX');
  core.takenBranchCycles = cycles(1, 'IBM750', [1, 2], 'with a hit in the branch target instruction cache');
  core.mispredictCycles = cycles(4, 'MPC7455', undefined, 'as its table says of the 7400');
  core.indirectBranchCycles = cycles(3, 'IBM750', [2, 5], 'no prediction, resolved early');
  core.predictorCounters = count(512, 'MPC7455');
  core.predictorHistoryBits = count(0, 'IBM750');
  core.linkStackEntries = count(1, 'IBM750');
  core.storeQueueEntries = count(3, 'IBM750', [2, 4]);
  core.loadHitStoreCycles = cycles(
    2,
    'IBM750',
    [1, 6],
    'a load of a word in the store queue waits for the store',
  );
  m.l1d.sizeBytes = bytes(32 * KiB, 'IBM750');
  m.l1d.ways = count(8, 'IBM750');
  m.l1d.refillCycles = tuned(
    cycles(4, 'own', [0, 4], 'at most four beats of 8 bytes, in or out, that loads and stores wait for'),
    0,
  );
  m.l1d.lineBytes = bytes(32, 'IBM750');
  m.l2.lineBytes = bytes(32, 'IBM750');
  m.l2.replacement = choice('lru', ['treePlru', 'lru'], 'IBM750', 'vendor doc');
  m.plainMemory.writeBack = yes('IBM750');
  m.plainMemory.sharedBus = yes('IBM750', '60x bus');
  m.missQueue.entries = count(1, 'IBM750', [1, 2]);
}

/** MPC7450 family: three instructions a cycle, sixteen in flight, AltiVec with four units. */
function g4e(m: Machine): void {
  const { core } = m;
  outOfOrder(m, 'AN2203');
  core.window.entries = count(16, 'MPC7457');
  core.window.dispatchWidth = count(3, 'AN2203');
  core.window.retireWidth = count(3, 'MPC7457');
  core.window.generalQueue = count(6, 'AN2203');
  core.window.generalIssue = count(3, 'AN2203');
  core.window.floatQueue = count(2, 'AN2203');
  core.window.floatIssue = count(1, 'AN2203');
  core.window.vectorQueue = count(4, 'AN2203');
  core.window.vectorIssue = count(2, 'AN2203');
  core.window.integerStations = count(1, 'AN2203', [1, 2]);
  core.window.loadStoreStations = count(2, 'AN2203', [1, 2]);
  core.window.floatStations = count(2, 'AN2203', [1, 2]);
  core.window.vectorStations = count(1, 'AN2203', [1, 2]);
  core.window.vectorDispatchWidth = count(2, 'AN2203');
  core.window.storesWaitForData = flag(
    false,
    'AN2203',
    'vendor doc',
    false,
    'stores wait in the finished store queue',
  );
  core.window.integerUnits = count(3, 'GCC-7450');
  core.window.loadStoreUnits = count(1, 'GCC-7450');
  core.window.floatUnits = count(1, 'GCC-7450');
  core.window.vectorUnitsOfAKind = count(1, 'GCC-7450');
  core.loadHitStoreCycles = cycles(
    6,
    'AN2203',
    [4, 7],
    'two stages to the committed store queue, four cycles in it',
  );
  core.window.finishedStores = count(3, 'AN2203');
  core.window.storesRetireFirst = yes('AN2203', 'store serialization');
  core.window.storeWriteCycles = tuned(
    cycles(1, 'AN2203', [0, 1], 'stores arbitrate with loads for the data cache'),
    0,
  );
  core.window.aliasesStall = yes('AN2203', 'load miss line alias');
  core.window.serializesMoves = yes('AN2203', 'execution serialized');
  core.window.foldsBranches = yes('AN2203');
  core.window.branchesComplete = yes('AN2203');
  core.window.knowsCounter = yes('AN2203');
  for (const name of LOADS) timed(m, 'MPC7455', { [name]: 3 });
  timed(m, 'MPC7455', { loadFloat: 4, loadVector: 3, shiftPattern: 3, store: 1, storeVector: 1 });
  timed(m, 'GCC-7450', { storeFloat: [1, 3], storeMultiple: 1, storeReversed: 1, storeConditional: 3 });
  timed(m, 'MPC7455', { integer: 1, shiftVariable: 1, multiplyImmediate: 3, multiplyWord: [4, 2] });
  timed(m, 'GCC-7450', { multiplyDouble: [4, 2], divideWord: [23, 23], divideDouble: [23, 23] });
  timed(m, 'GCC-7450', { float: 5, floatMove: 5, floatCompare: 5, floatEstimate: 14 });
  timed(m, 'GCC-7450', { floatDivide: [35, 35], floatSquareRoot: [35, 35], floatStatus: [5, 5] });
  timed(m, 'GCC-7450', {
    vectorSimple: 1,
    vectorPermute: 2,
    vectorFloat: 4,
    vectorEstimate: 4,
    vectorDot: 4,
  });
  timed(m, 'GCC-7450', { vectorCompareFloat: 2, vectorStatus: 2 });
  core.latency.vectorCompareInteger = cycles(1, 'AN2203', [1, 2], 'GCC: 2');
  timed(m, 'GCC-7450', { moveFromCr: 2, moveToCr: 2, moveFromSpr: [3, 2], moveToSpr: [2, 2], crLogical: 1 });
  core.crToBranch.compare = cycles(1, 'AN2203', [1, 2], 'GCC: 2');
  core.crToBranch.record = cycles(1, 'AN2203', [1, 2], 'GCC: 2');
  core.crToBranch.floatCompare = cycles(5, 'GCC-7450');
  core.crToBranch.vectorCompareInteger = cycles(2, 'GCC-7450');
  core.crToBranch.vectorCompareFloat = cycles(2, 'GCC-7450');
  core.takenBranchCycles = cycles(1, 'MPC7455', [1, 2], 'with a hit in the branch target instruction cache');
  core.mispredictCycles = cycles(6, 'MPC7455', [6, 8], 'at least');
  core.indirectBranchCycles = cycles(4, 'AN2203', [2, 8], 'no target cache');
  core.predictorCounters = count(2048, 'MPC7455');
  core.predictorHistoryBits = count(0, 'MPC7455');
  core.linkStackEntries = count(8, 'MPC7455');
  core.storeQueueEntries = count(8, 'own', [3, 11], 'finished and committed store queues');
  m.l1d.sizeBytes = bytes(32 * KiB, 'MPC7455');
  m.l1d.ways = count(8, 'MPC7455');
  m.l1d.refillCycles = cycles(1, 'MPC7455', [0, 1], 'a line is one beat of 256 bits');
  m.l1d.lineBytes = bytes(32, 'MPC7455');
  m.l2.ways = count(8, 'MPC7455');
  m.l2.lineBytes = bytes(32, 'MPC7455');
  m.l2.latencyCycles = cycles(9, 'MPC7455');
  m.l2.portCyclesPerLine = cycles(2, 'own', [1, 4], '32 bytes from 256-bit arrays');
  m.l2.replacement = choice('lru', ['treePlru', 'lru'], 'own', 'inferred', 'pseudo-random there');
  m.plainMemory.writeBack = yes('MPC7455');
  m.plainMemory.sharedBus = yes('MPC7455', 'MPX bus');
  m.plainMemory.storeMisses = count(1, 'MPC7455');
  m.missQueue.entries = count(5, 'MPC7455');
}

/** PowerPC 970: five instructions a cycle in groups, a hundred in flight, streams fetched ahead. */
function g5(m: Machine): void {
  const { core } = m;
  outOfOrder(m, '970DOC');
  core.window.entries = count(100, '970DOC', [60, 100], '20 groups of at most five');
  core.window.dispatchWidth = count(5, '970DOC', [4, 5], 'four and a branch');
  core.window.retireWidth = count(5, '970DOC');
  core.window.integerStations = count(9, '970DOC', [9, 18], 'two queues of 18, shared with loads');
  core.window.loadStoreStations = count(9, '970DOC', [9, 18], 'two queues of 18, shared with integer ones');
  core.window.floatStations = count(10, '970DOC');
  core.window.vectorStations = count(18, '970DOC', [16, 20]);
  core.window.stationsOutOfOrder = yes('970DOC');
  core.window.loadsHoldStations = flag(
    true,
    'own',
    'inferred',
    true,
    'a load that missed is issued again from its queue',
  );
  core.window.floatDispatchWidth = count(4, '970DOC');
  core.window.loadStoreDispatchWidth = count(4, '970DOC');
  core.window.vectorDispatchWidth = count(4, '970DOC');
  core.window.integerUnits = count(2, 'GCC-970');
  core.window.loadStoreUnits = count(2, 'GCC-970');
  core.window.floatUnits = count(2, 'GCC-970');
  core.window.vectorUnitsOfAKind = count(1, 'GCC-970');
  for (const name of LOADS) timed(m, 'GCC-970', { [name]: 3 });
  core.latency.loadAlgebraic = cycles(5, 'GCC-970');
  timed(m, 'GCC-970', {
    loadFloat: 5,
    loadVector: 5,
    shiftPattern: 5,
    store: 1,
    storeFloat: 1,
    storeVector: 1,
  });
  timed(m, 'GCC-970', { storeMultiple: 1, storeReversed: 1, storeConditional: 11 });
  timed(m, 'GCC-970', { integer: 2, shiftVariable: 2, multiplyImmediate: [4, 3], multiplyWord: [5, 4] });
  timed(m, 'GCC-970', { multiplyDouble: [7, 6], divideWord: [36, 35], divideDouble: [68, 67] });
  timed(m, 'GCC-970', { float: 6, floatMove: 6, floatCompare: 5, floatEstimate: 6 });
  timed(m, 'GCC-970', { floatDivide: [33, 28], floatSquareRoot: [40, 35], floatStatus: [6, 6] });
  timed(m, 'GCC-970', { vectorSimple: 2, vectorPermute: 2, vectorFloat: 8, vectorEstimate: 8, vectorDot: 8 });
  timed(m, 'GCC-970', { vectorCompareFloat: 8, vectorCompareInteger: 2, vectorStatus: 5 });
  timed(m, 'GCC-970', { moveFromCr: 6, moveToCr: 4, moveFromSpr: 3, moveToSpr: 3, crLogical: 2 });
  core.crToBranch.compare = cycles(3, 'GCC-970');
  core.crToBranch.record = cycles(4, 'GCC-970');
  core.crToBranch.floatCompare = cycles(5, 'GCC-970');
  core.crToBranch.vectorCompareInteger = cycles(5, 'GCC-970');
  core.crToBranch.vectorCompareFloat = cycles(8, 'GCC-970');
  core.takenBranchCycles = cycles(2, 'own', [1, 3], 'a taken branch ends its group');
  core.mispredictCycles = cycles(13, 'own', [11, 16], 'sixteen stages to integer execution');
  core.indirectBranchCycles = cycles(13, 'own', [2, 16], 'its target cache is not modelled');
  core.predictorCounters = count(4096, '970DOC', undefined, '16 K there');
  core.predictorHistoryBits = count(11, '970DOC');
  core.linkStackEntries = count(16, '970DOC');
  core.storeQueueEntries = count(31, '970DOC', undefined, '32 there');
  m.l1d.sizeBytes = bytes(32 * KiB, '970DOC');
  m.l1d.ways = count(2, '970DOC');
  m.l1d.refillCycles = cycles(0, '970DOC', [0, 4], 'two reads and a write a cycle');
  m.l1d.lineBytes = bytes(128, '970DOC');
  m.l2.lineBytes = bytes(128, '970DOC');
  m.l2.latencyCycles = tuned(cycles(11, 'ANAND', [11, 13], '6.329 ns at 1.9 GHz, load to use'), 12);
  m.l2.portCyclesPerLine = tuned(
    cycles(7, '970DOC', [4, 8], 'four beats of 32 bytes; arrays may need every other cycle'),
    4,
  );
  m.l2.storeCycles = cycles(2, 'own', [1, 4], 'one write a cycle, merged');
  m.plainMemory.storeMisses = count(8, '970DOC', [4, 8]);
  m.missQueue.entries = count(8, '970DOC');
  m.plainMemory.joinedLoadsTakeEntries = tuned(
    flag(true, 'own', 'inferred', true, 'the load miss queue holds loads, not lines'),
    false,
  );
  m.plainMemory.streams = count(8, '970DOC');
  m.plainMemory.streamLines = count(6, 'own', [4, 8], 'POWER4: one ahead in L1, five in L2');
  m.plainMemory.streamStart = count(2, 'own', [2, 3], 'misses of neighbouring lines');
}

/** The two directions of a bus of so many bytes at so many MHz, and how much of it is data. */
function busOf(
  m: Machine,
  gigabytesPerSecond: number,
  efficiency: Range,
  source: string,
  note: string,
): void {
  m.bus.readBandwidth = number(gigabytesPerSecond, 'GB/s', source, gradeOf(source));
  m.bus.writeBandwidth = number(gigabytesPerSecond, 'GB/s', source, gradeOf(source));
  const middle = (efficiency[0] + efficiency[1]) / 2;
  m.bus.efficiency = number(middle, '%', 'own', 'inferred', efficiency, note);
}

function requestsOf(m: Machine, value: number, range: Range, note: string): void {
  m.bus.requestsInFlight = count(value, 'own', range, note);
}

function memoryLatency(m: Machine, nanoseconds: number, range: Range, note: string, untuned?: number): void {
  const param = number(nanoseconds, 'ns', 'own', 'inferred', range, note);
  m.memory.latencyCycles = untuned === undefined ? param : tuned(param, untuned);
}

const clockOf = (m: Machine, gigahertz: number): void => {
  m.clock = number(gigahertz, 'GHz', 'own', 'inferred', undefined, 'the model of the machine');
};

const SDRAM = 'controller, address and first beat of PC100 memory';
const ONE_READ =
  'the controllers of these machines answer one read after the other: 335 MB/s whatever streams on a 1 GHz G4';
const ADDRESS_SHARE = 'address tenures and turnaround between transfers';

export function powerMacG3(m: Machine): void {
  g3(m);
  clockOf(m, 0.4);
  m.l2.sizeBytes = bytes(1024 * KiB, 'IBM750');
  m.l2.ways = count(2, 'IBM750');
  m.l2.latencyCycles = cycles(13, 'own', [9, 17], 'back-side cache at half the clock; 9 and more at full');
  m.l2.portCyclesPerLine = cycles(8, 'own', [8, 10], 'four beats of 8 bytes at half the clock');
  busOf(m, 0.8, [70, 90], 'IBM750', ADDRESS_SHARE);
  requestsOf(m, 1, [1, 2], ONE_READ);
  memoryLatency(m, 140, [130, 200], SDRAM, 165);
}

export function ibook750fx(m: Machine): void {
  g3(m);
  clockOf(m, 0.8);
  m.l2.sizeBytes = bytes(512 * KiB, 'IBM750');
  m.l2.ways = count(2, 'IBM750');
  m.l2.latencyCycles = tuned(cycles(7, 'own', [7, 11], 'on the chip, at the clock of the core'), 9);
  m.l2.portCyclesPerLine = cycles(4, 'own', [1, 4], 'four beats of 8 bytes at most');
  busOf(m, 0.8, [70, 90], 'IBM750', ADDRESS_SHARE);
  requestsOf(m, 1, [1, 2], ONE_READ);
  memoryLatency(m, 190, [130, 200], SDRAM, 165);
}

export function powerMacG4(m: Machine): void {
  g4e(m);
  clockOf(m, 1.417);
  m.l2.sizeBytes = bytes(256 * KiB, 'MPC7455');
  busOf(m, 1.336, [70, 90], 'MPC7455', ADDRESS_SHARE);
  requestsOf(m, 1, [1, 7], ONE_READ);
  memoryLatency(m, 100, [75, 130], 'controller, address and first beat of DDR333');
}

export function powerBookG4Titanium(m: Machine): void {
  powerMacG4(m);
  clockOf(m, 0.667);
  busOf(m, 1.064, [70, 90], 'MPC7455', ADDRESS_SHARE);
  requestsOf(m, 1, [1, 7], ONE_READ);
  memoryLatency(m, 140, [100, 180], 'controller, address and first beat of PC133');
}

export function powerBookG4(m: Machine): void {
  g4e(m);
  clockOf(m, 1.5);
  m.l2.sizeBytes = bytes(512 * KiB, 'MPC7457');
  busOf(m, 1.336, [70, 90], 'MPC7457', ADDRESS_SHARE);
  requestsOf(m, 1, [1, 7], ONE_READ);
  memoryLatency(m, 80, [75, 130], 'controller, address and first beat of DDR333', 100);
}

export function powerMacG5(m: Machine): void {
  g5(m);
  clockOf(m, 2.0);
  m.l2.sizeBytes = bytes(1024 * KiB, '970DOC');
  m.l2.ways = count(8, '970DOC');
  busOf(m, 4.0, [78, 89], '970DOC', '6.4 of 7.2 GB/s on the 970; commands share the bus');
  requestsOf(m, 16, [8, 16], 'eight misses and eight streams');
  memoryLatency(m, 140, [110, 170], 'no figure for the machine; between other G5');
}

export function imacG5(m: Machine): void {
  powerMacG5(m);
  clockOf(m, 1.9);
  m.l2.sizeBytes = bytes(512 * KiB, '970DOC');
  busOf(m, 2.53, [78, 89], '970DOC', 'a third of the clock, 6.4 of 7.2 GB/s on the 970');
}

const GDDR3_FOR_XDR = "the Xbox 360's GDDR3 stands in for XDR, whose timing no document at hand gives";
const PEAK_OF_XDR = 'the peak of its XDR memory; no document at hand';

/** Cell's PPE: the console's core with half the L2 cache, one thread pair, and a bus for XDR memory. */
export function ps3(m: Machine): void {
  m.clock = number(3.192, 'GHz', 'CPUINFO', 'second-hand');
  m.timeBaseDivider = number(40, 'count', 'CPUINFO', 'second-hand', undefined, 'a time base of 79.8 MHz');
  m.core.count = count(1, 'CBEREG');
  m.core.vmx128 = no('CBEREG');
  m.core.latency.vectorFloat = cycles(11, 'GCC', [11, 12], 'float to float');
  m.core.latency.vectorEstimate = cycles(14, 'GCC');
  m.core.latency.loadVector = cycles(2, 'GCC');
  m.core.crToBranch.floatCompare = cycles(6, 'GCC');
  m.core.crToBranch.vectorCompareFloat = cycles(6, 'GCC');
  m.l2.sizeBytes = bytes(512 * KiB, 'CBEREG');
  m.l2.portCyclesPerLine = cycles(8, 'own', [8, 16], 'as the console, one core only');
  m.bus.readBandwidth = number(25.6, 'GB/s', 'own', 'unverified', undefined, PEAK_OF_XDR);
  m.bus.writeBandwidth = number(25.6, 'GB/s', 'own', 'unverified', undefined, PEAK_OF_XDR);
  m.memory.latencyCycles = number(
    560,
    'cycles',
    'ALB, GRANNY',
    'inferred',
    [400, 650],
    "an L2 miss of the PS3: ALB quotes 400, GRANNY finds it close to the console's 640",
  );
  for (const param of Object.values(m.dram))
    Object.assign(param, { source: 'own', grade: 'inferred', note: GDDR3_FOR_XDR });
}
