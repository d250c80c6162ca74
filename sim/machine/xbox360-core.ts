import { TIMING_CLASSES, type TimingClass } from '../isa/row.js';
import {
  type ChoiceParam,
  choice,
  type FlagParam,
  flag,
  type Grade,
  type NumberParam,
  number,
  recorded,
} from './record.js';
import { noDoubleCost, noWindow } from './window.js';

/** Execution units as the pairing rules see them. */
export const UNIT_NAMES = [
  'integer',
  'loadStore',
  'branch',
  'arithmetic',
  'permute',
  'none',
  'float',
  'vectorFloat',
  'vectorComplex',
] as const;
export type UnitName = (typeof UNIT_NAMES)[number];

type Range = readonly [low: number, high: number];
const cycles = (value: number, source: string, grade: Grade, range?: Range, note?: string): NumberParam =>
  number(value, 'cycles', source, grade, range, note);
const count = (value: number, source: string, grade: Grade, range?: Range, note?: string): NumberParam =>
  number(value, 'count', source, grade, range, note);

/** The same record in every timing class, but for those listed. */
function classes<P>(base: P, special: Partial<Record<TimingClass, P>>): Record<TimingClass, P> {
  return Object.fromEntries(TIMING_CLASSES.map((name) => [name, special[name] ?? base])) as Record<
    TimingClass,
    P
  >;
}

/** Cycles from issue to the result's first use by an instruction of the same kind, L1 hits for loads. */
const latency = classes<NumberParam>(
  cycles(1, 'own', 'inferred', [1, 1], 'no register result that code waits for'),
  {
    integer: cycles(2, 'C2RS, FPF, GCC', 'vendor model'),
    compare: recorded(
      cycles(1, 'GCC', 'vendor model', [1, 2], 'every use of the condition register is as crToBranch has it'),
    ),
    shiftVariable: cycles(11, 'SO-CRASH', 'second-hand', [8, 17], 'microcoded; 17 = 2 + 15'),
    multiplyImmediate: cycles(6, 'GCC', 'vendor model', [6, 9]),
    multiplyWord: cycles(9, 'GCC', 'vendor model', [6, 15]),
    multiplyDouble: cycles(15, 'GCC', 'vendor model', [9, 22], 'PPE 15; mulld. 22'),
    divideWord: cycles(36, 'GCC', 'inferred', [32, 38], 'between two PPE numbers, 32 and 38'),
    divideDouble: cycles(68, 'GCC', 'inferred', [64, 70], 'between two PPE numbers, 64 and 70'),
    load: cycles(2, 'C2RS, FPF, GCC', 'vendor model', [2, 2], 'hidden by the delayed execution pipe'),
    loadAlgebraic: cycles(17, 'C2RS, GCC', 'vendor model', [17, 19], 'microcode, +15'),
    loadMultiple: cycles(17, 'C2RS, GCC', 'vendor model', [17, 19], 'microcode, +15'),
    loadReversed: cycles(2, 'own', 'inferred', [2, 17], 'GCC does not list it as microcoded'),
    store: cycles(2, 'C2RS, GCC', 'vendor model', [2, 2], 'the updated base register'),
    storeMultiple: cycles(2, 'own', 'inferred', [2, 2], 'as store'),
    storeReversed: cycles(2, 'own', 'inferred', [2, 2], 'as store'),
    loadFloat: cycles(1, 'C2RS, GCC', 'vendor model', [1, 1], 'issue to issue inside the vector queue'),
    storeFloat: cycles(2, 'C2RS, GCC', 'vendor model', [2, 2], 'the updated base register'),
    loadVector: cycles(
      2,
      'C2RS, GCC',
      'vendor model',
      [1, 2],
      '1 to arithmetic, 2 to permute; PPE 2 to both',
    ),
    storeVector: cycles(2, 'own', 'inferred', [2, 2], 'writes no register'),
    shiftPattern: cycles(4, 'own', 'unverified', [2, 4], 'lvsl, lvsr: made in the load/store pipe'),
    loadReserve: cycles(2, 'own', 'inferred', [2, 2], 'the memory system adds the way to the L2 cache'),
    storeConditional: cycles(2, 'own', 'inferred', [2, 2], 'the memory system adds the way to the L2 cache'),
    branch: cycles(1, 'own', 'inferred', [1, 2], 'counter and link register as the next branch sees them'),
    branchIndirect: cycles(1, 'own', 'inferred', [1, 2], 'as branch'),
    crLogical: cycles(2, 'own', 'inferred', [1, 10], 'as an integer instruction'),
    moveFromCr: cycles(34, 'GCC', 'vendor model', [34, 34], 'non-pipelined on the PPE'),
    moveToCr: cycles(2, 'own', 'inferred', [1, 10], 'as an integer instruction'),
    moveFromSpr: cycles(1, 'GCC', 'vendor model', [1, 2], 'mfctr, mflr'),
    moveToSpr: cycles(10, 'GCC', 'vendor model', [2, 10], 'mtctr to bctr'),
    moveFromTimeBase: cycles(10, 'own', 'unverified', [2, 34], 'between mfspr and mfcr'),
    float: cycles(10, 'C2RS, FPF, GCC', 'vendor model'),
    floatMove: cycles(10, 'GCC', 'vendor model', [4, 10], 'one class with arithmetic in GCC'),
    floatCompare: recorded(
      cycles(17, 'own', 'inferred', [6, 23], 'to uses of the condition register other than branches'),
    ),
    floatDivide: cycles(74, 'GCC', 'vendor model', [60, 90]),
    floatSquareRoot: cycles(84, 'GCC', 'vendor model', [60, 90]),
    floatEstimate: cycles(10, 'GCC', 'vendor model', [10, 14]),
    floatStatus: cycles(10, 'own', 'unverified', [10, 34], 'mffs, mtfsf: at least the depth of the pipe'),
    vectorSimple: cycles(4, 'C2RS, FPF, GCC', 'vendor model'),
    vectorPermute: cycles(
      4,
      'C2RS, GCC',
      'vendor model',
      [4, 4],
      'D3D pack operations: 4 to 12, unpublished',
    ),
    vectorFloat: cycles(12, 'C2RS, FPF', 'vendor model', [11, 12], 'PPE 11 from float to float'),
    vectorDot: cycles(14, 'C2RS, FPF, UPENN', 'vendor model', [14, 16], '16 to the other vector pipes'),
    vectorEstimate: cycles(12, 'GCC', 'inferred', [12, 14], 'Xenon class unknown; PPE 14, simulated as 12'),
    vectorCompareFloat: cycles(12, 'own', 'inferred', [4, 12], 'taken as a float pipe operation'),
    vectorCompareInteger: cycles(4, 'C2RS, GCC', 'vendor model'),
    vectorStatus: cycles(17, 'own', 'inferred', [4, 34], 'mfvscr, mtvscr: as the way to the integer side'),
  },
);

const pipelined = cycles(
  0,
  'GF06',
  'vendor doc',
  [0, 0],
  'every pipelined unit takes one instruction a cycle',
);
const fenceOccupancy = cycles(
  11,
  'GCC',
  'vendor model',
  [11, 11],
  'PPE minimum; the memory system adds the rest',
);

/**
 * Cycles until the next instruction of the thread may issue (in its pipe, for vector and float ones); 0: pipelined.
 * What a barrier costs stands under `sync`.
 */
const block = classes<NumberParam>(pipelined, {
  shiftVariable: cycles(11, 'SO-CRASH', 'second-hand', [8, 17], 'microcode, 6 micro-operations'),
  multiplyImmediate: cycles(6, 'GCC', 'vendor model', [6, 9], 'blocks the machine'),
  multiplyWord: cycles(9, 'GCC', 'vendor model', [6, 15], 'blocks the machine'),
  multiplyDouble: cycles(15, 'GCC', 'vendor model', [9, 22], 'blocks the machine'),
  divideWord: cycles(36, 'GCC', 'inferred', [32, 38], 'blocks the machine; two PPE numbers, 32 and 38'),
  divideDouble: cycles(68, 'GCC', 'inferred', [64, 70], 'blocks the machine; two PPE numbers, 64 and 70'),
  loadAlgebraic: cycles(16, 'C2RS, GCC', 'vendor model', [16, 20], 'microcode: +15'),
  loadMultiple: cycles(16, 'C2RS, GCC', 'vendor model', [16, 48], 'microcode: +15, more with many registers'),
  storeMultiple: cycles(
    16,
    'C2RS, GCC',
    'vendor model',
    [16, 48],
    'microcode: +15, more with many registers',
  ),
  moveFromCr: cycles(34, 'GCC', 'vendor model', [34, 34], 'non-pipelined'),
  floatDivide: cycles(74, 'GCC', 'vendor model', [60, 90], 'non-pipelined'),
  floatSquareRoot: cycles(84, 'GCC', 'vendor model', [60, 90], 'non-pipelined'),
  floatStatus: cycles(10, 'own', 'unverified', [1, 34], 'waits for the pipe to drain'),
  loadReserve: fenceOccupancy,
  isync: cycles(24, 'own', 'inferred', [11, 30], 'refetches, as a mispredicted branch does'),
  threadHint: cycles(
    1,
    'C2RS',
    'vendor model',
    [1, 1],
    'delay hints have their own numbers in core.delayHint',
  ),
  trap: cycles(2, 'own', 'inferred', [1, 4], 'compare and continue'),
  systemCall: cycles(200, 'own', 'unverified', [50, 2000], 'enter and leave the kernel, without its work'),
});

const unitOf = (value: UnitName, source: string, grade: Grade, note?: string): ChoiceParam<UnitName> =>
  choice(value, UNIT_NAMES, source, grade, note);
const integerUnit = unitOf('integer', 'A&B, GCC', 'vendor model', 'one fixed-point instruction a cycle');
const loadStoreUnit = unitOf('loadStore', 'A&B, GCC', 'vendor model');
const branchUnit = unitOf('branch', 'A&B, GCC', 'vendor model');
const arithmeticPipe = unitOf(
  'arithmetic',
  'GCC, C2RS',
  'vendor model',
  'simple, float, dot and scalar float',
);
const permutePipe = unitOf('permute', 'GCC, C2RS', 'vendor model');
const noUnit = unitOf(
  'none',
  'C2RS',
  'vendor model',
  'class 0 of the compiler model: takes an issue slot only',
);

const unit = classes<ChoiceParam<UnitName>>(integerUnit, {
  load: loadStoreUnit,
  loadAlgebraic: loadStoreUnit,
  loadMultiple: loadStoreUnit,
  loadReversed: loadStoreUnit,
  store: loadStoreUnit,
  storeMultiple: loadStoreUnit,
  storeReversed: loadStoreUnit,
  loadFloat: loadStoreUnit,
  storeFloat: loadStoreUnit,
  loadVector: loadStoreUnit,
  storeVector: loadStoreUnit,
  shiftPattern: loadStoreUnit,
  loadReserve: loadStoreUnit,
  storeConditional: loadStoreUnit,
  cacheHint: loadStoreUnit,
  cacheZero: loadStoreUnit,
  cacheFlush: loadStoreUnit,
  sync: loadStoreUnit,
  lwsync: loadStoreUnit,
  eieio: loadStoreUnit,
  branch: branchUnit,
  branchIndirect: branchUnit,
  crLogical: branchUnit,
  float: arithmeticPipe,
  floatMove: arithmeticPipe,
  floatCompare: arithmeticPipe,
  floatDivide: arithmeticPipe,
  floatSquareRoot: arithmeticPipe,
  floatEstimate: arithmeticPipe,
  floatStatus: arithmeticPipe,
  vectorSimple: arithmeticPipe,
  vectorFloat: arithmeticPipe,
  vectorDot: arithmeticPipe,
  vectorEstimate: arithmeticPipe,
  vectorCompareFloat: arithmeticPipe,
  vectorCompareInteger: arithmeticPipe,
  vectorPermute: permutePipe,
  vectorStatus: permutePipe,
  isync: noUnit,
  threadHint: noUnit,
  nop: noUnit,
  illegal: noUnit,
});

const mayShare = flag(true, 'GF06', 'vendor doc');
const single = flag(
  false,
  'GCC',
  'vendor model',
  false,
  'context-synchronising, microcoded or non-pipelined',
);

/** Whether an instruction of the class may share its issue cycle with another at all. */
const pairs = classes<FlagParam>(mayShare, {
  shiftVariable: single,
  multiplyImmediate: single,
  multiplyWord: single,
  multiplyDouble: single,
  divideWord: single,
  divideDouble: single,
  loadAlgebraic: single,
  loadMultiple: single,
  storeMultiple: single,
  loadReserve: single,
  storeConditional: single,
  moveFromCr: single,
  moveToCr: single,
  moveFromSpr: single,
  moveToSpr: single,
  moveFromTimeBase: single,
  floatDivide: single,
  floatSquareRoot: single,
  floatStatus: single,
  vectorStatus: single,
  cacheZero: single,
  cacheFlush: single,
  sync: single,
  lwsync: single,
  eieio: single,
  isync: single,
  threadHint: single,
  trap: single,
  systemCall: single,
  illegal: single,
});

const PAIRING = 'A&B and C2RS allow it, GCC forbids it for the PPE';

/** The three identical cores. Paths that end in Cycles are CPU cycles. */
export const xbox360Core = {
  count: count(3, 'A&B', 'vendor doc'),
  threadsPerCore: count(2, 'A&B', 'vendor doc'),
  vmx128: flag(
    true,
    'A&B',
    'vendor doc',
    false,
    '128 vector registers, dot products, packing: the console alone',
  ),
  issueWidth: recorded(count(2, 'A&B, HC17, FPF', 'vendor doc', [2, 2], 'in order')),
  fetchWidth: recorded(count(4, 'UPENN', 'second-hand')),
  pairBytes: recorded(
    number(8, 'B', 'GF06', 'vendor doc', [8, 8], 'a pair is an aligned eight bytes of one thread'),
  ),
  latency,
  block,
  unit,
  pairs,
  pairing: {
    branchFirst: flag(false, 'GCC', 'vendor model', false, 'a branch is the second of its pair'),
    vectorAccessWithArithmetic: flag(true, 'C2RS, GCC', 'vendor model', true, 'GCC contradicts itself'),
    vectorAccessWithPermute: flag(false, 'GCC', 'vendor model', true, PAIRING),
    loadWithVectorLoad: flag(false, 'GCC', 'vendor model', true, PAIRING),
  },
  addressExtra: cycles(3, 'C2RS, GCC', 'vendor model', [3, 3], 'a result of latency 2 is an address after 5'),
  updateLatencyCycles: cycles(
    2,
    'C2RS, GCC',
    'vendor model',
    [2, 2],
    'base register of an access with update',
  ),
  misalignedCycles: cycles(
    16,
    'CBEREG, C2RS',
    'inferred',
    [10, 40],
    'crossing 32 bytes flushes and goes to microcode: the microcode cost and the access again',
  ),
  crToBranch: {
    compare: cycles(0, 'C2RS', 'vendor model', [0, 0], 'predicted, so no wait'),
    record: cycles(2, 'C2RS', 'vendor model'),
    floatCompare: cycles(23, 'C2RS, GF06', 'vendor model', [6, 24], 'PPE 6'),
    vectorCompareInteger: cycles(5, 'C2RS', 'vendor model'),
    vectorCompareFloat: cycles(23, 'C2RS', 'vendor model', [6, 24]),
  },
  vectorToIntegerCycles: recorded(
    cycles(17, 'C2RS', 'vendor model', [17, 17], 'a vector result seen by the integer side'),
  ),
  vectorQueueEntries: count(16, 'own', 'inferred', [8, 24], 'no source; at most 31 can be represented'),
  vectorQueueSharing: choice(
    'split',
    ['split', 'shared'],
    'own',
    'inferred',
    'split: each thread has all entries; shared: half of them while its sibling is active; not published',
  ),
  vectorQueueDelayCycles: recorded(
    cycles(
      4,
      'own',
      'inferred',
      [2, 8],
      'queue entry to issue: makes the 17-cycle edge to the integer side plausible',
    ),
  ),
  storeQueueEntries: count(16, 'own', 'inferred', [8, 31], 'no source; at most 31 can be represented'),
  loadHitStoreCycles: cycles(40, 'BH, C2RS, ER-LHS', 'second-hand', [40, 80], 'ER-LHS says 40 to 80'),
  loadHitStoreGranuleBytes: recorded(
    number(16, 'B', 'own', 'inferred', [16, 16], 'no source; the quadword of the store queue'),
  ),
  takenBranchCycles: cycles(8, 'SO-CRASH', 'second-hand', [1, 8], 'may be latency rather than a bubble'),
  mispredictCycles: cycles(24, 'SO-CRASH', 'second-hand', [21, 26]),
  indirectBranchCycles: cycles(24, 'SO-CRASH', 'second-hand', [21, 26], 'always mispredicted'),
  predictorCounters: count(
    4096,
    'UPENN',
    'second-hand',
    [1024, 16384],
    '4 KB or 4 K two-bit counters: unclear',
  ),
  predictorHistoryBits: count(12, 'own', 'inferred', [4, 14], 'gshare over all counters'),
  linkStackEntries: count(4, 'CBEREG', 'vendor doc', [4, 4], 'PPE, a thread'),
  delayHint: {
    or28: cycles(8, 'C2RS, GCC', 'vendor model'),
    or29: cycles(10, 'C2RS, GCC', 'vendor model'),
    or30: cycles(12, 'C2RS, GCC', 'vendor model'),
    or31: cycles(16, 'C2RS, GCC', 'vendor model'),
  },
  doubleMultiply: noDoubleCost,
  window: noWindow,
  lowPriorityShare: recorded(
    number(
      25,
      '%',
      'own',
      'inferred',
      [3, 50],
      'issue cycles of a low-priority thread beside a busy sibling; CBEREG recommends a dispatch count of 4',
    ),
  ),
} as const;
