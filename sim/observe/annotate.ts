import { disassemble } from '../asm/disassemble.js';
import { branchTarget, dataflow } from '../engine/dataflow.js';
import { type Decoded, decode } from '../isa/table.js';
import type { CoreTiming } from '../timing/core-timing.js';
import { planOf } from '../timing/rules.js';
import { LEAF, LEAVES, type LeafName } from '../timing/stall.js';
import { findLoops, type Loop } from './loops.js';
import type { StallTable } from './stall-table.js';

/** A named stretch of code; `end` is the address behind it. */
export interface CodePlace {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export interface AnnotateOptions {
  /** Big-endian instruction word at an effective address. */
  word(pc: number): number;
  /** Functions or kernels; code outside them is grouped under `elsewhere`. */
  readonly places: readonly CodePlace[];
  readonly symbols?: ReadonlyMap<string, number>;
  /** 64-bit mode. */
  readonly sf: boolean;
  readonly core: CoreTiming;
  /** Peak of the bus from memory. */
  readonly readBytesPerCycle: number;
}

/** One instruction. Cycles are thread-cycles. */
export interface AnnotatedLine {
  readonly address: number;
  readonly word: number;
  readonly text: string;
  readonly executions: number;
  readonly cycles: number;
  /** Of all cycles of the program. */
  readonly share: number;
  readonly cpi: number;
  /** Cache lines it has brought from the L2 cache and from memory, those included that were on their way. */
  readonly l2Lines: number;
  readonly dramLines: number;
  /** Cycles by cause, of causes that occur. */
  readonly causes: Readonly<Partial<Record<LeafName, number>>>;
  /** What most of its cycles beyond issue went to, and the instruction that caused most of that. */
  readonly main:
    | { readonly leaf: LeafName; readonly cycles: number; readonly by: number | undefined }
    | undefined;
}

export interface AnnotatedPlace extends CodePlace {
  readonly executions: number;
  readonly cycles: number;
  readonly share: number;
  readonly causes: Readonly<Partial<Record<LeafName, number>>>;
  readonly lines: readonly AnnotatedLine[];
  readonly loops: readonly Loop[];
}

export interface Annotation {
  readonly cycles: number;
  readonly executions: number;
  /** The dearest first. */
  readonly places: readonly AnnotatedPlace[];
}

/** What each instruction of a program cost and why, with its loops. */
export function annotate(table: StallTable, options: AnnotateOptions): Annotation {
  const total = cyclesOf([...table.instructions.values()].map(({ halfCycles }) => halfCycles));
  const byPlace = new Map<CodePlace, number[]>();
  const elsewhere: CodePlace = { name: 'elsewhere', start: 0, end: 0 };
  const places = [...options.places].sort((a, b) => a.start - b.start);
  for (const { pc, executions, halfCycles } of table.instructions.values()) {
    if (executions === 0 && halfCycles.every((n) => n === 0)) continue;
    const place = placeOf(places, pc) ?? elsewhere;
    byPlace.set(place, [...(byPlace.get(place) ?? []), pc]);
  }
  const annotated = [...byPlace].map(([place, pcs]) =>
    annotatePlace(table, options, place, pcs.sort(ascending), total),
  );
  return {
    cycles: total,
    executions: annotated.reduce((sum, { executions }) => sum + executions, 0),
    places: annotated.sort((a, b) => b.cycles - a.cycles || a.start - b.start),
  };
}

function annotatePlace(
  table: StallTable,
  options: AnnotateOptions,
  place: CodePlace,
  pcs: readonly number[],
  total: number,
): AnnotatedPlace {
  const plans = new Map(pcs.map((pc) => [pc, planAt(options, pc)]));
  const lines = pcs.map((pc) => lineOf(table, options, pc, total));
  const loops = findLoops(
    pcs.map((pc) => ({
      pc,
      plan: plans.get(pc)!,
      executions: table.instruction(pc).executions,
      halfCycles: table.instruction(pc).halfCycles.reduce((a, b) => a + b, 0),
      dramLines: table.instruction(pc).dramLines,
      target: targetOf(options, pc),
    })),
    options.core,
    options.readBytesPerCycle,
  );
  const costs = pcs.map((pc) => table.instruction(pc).halfCycles);
  const cycles = cyclesOf(costs);
  return {
    ...place,
    start: place.end === 0 ? pcs[0] : place.start,
    end: place.end === 0 ? pcs[pcs.length - 1] + 4 : place.end,
    executions: lines.reduce((sum, { executions }) => sum + executions, 0),
    cycles,
    share: total === 0 ? 0 : cycles / total,
    causes: causesOf(costs),
    lines,
    loops,
  };
}

function lineOf(table: StallTable, options: AnnotateOptions, pc: number, total: number): AnnotatedLine {
  const cost = table.instruction(pc);
  const cycles = cyclesOf([cost.halfCycles]);
  const word = options.word(pc);
  return {
    address: pc,
    word,
    text: disassemble(word, pc, options.symbols).text,
    executions: cost.executions,
    cycles,
    share: total === 0 ? 0 : cycles / total,
    cpi: cost.executions === 0 ? 0 : cycles / cost.executions,
    l2Lines: cost.l2Lines,
    dramLines: cost.dramLines,
    causes: causesOf([cost.halfCycles]),
    main: mainOf(table, pc),
  };
}

/** Causes that say nothing: the instruction itself. */
const ITSELF: readonly number[] = [LEAF.base, LEAF.dualIssue];

function mainOf(table: StallTable, pc: number): AnnotatedLine['main'] {
  const { halfCycles, blamed } = table.instruction(pc);
  let best = -1;
  for (let leaf = 0; leaf < halfCycles.length; leaf++) {
    if (ITSELF.includes(leaf) || halfCycles[leaf] === 0) continue;
    if (best < 0 || halfCycles[leaf] > halfCycles[best]) best = leaf;
  }
  if (best < 0) return undefined;
  const by = new Map<number, number>();
  for (const [word, n] of blamed) {
    const culprit = (word & ~3) >>> 0;
    const isThis = table.leafOf(word) === best || best === LEAF.loadHitStore;
    if (culprit !== 0 && isThis) by.set(culprit, (by.get(culprit) ?? 0) + n);
  }
  const worst = [...by].sort((a, b) => b[1] - a[1])[0];
  return { leaf: LEAVES[best].name, cycles: halfCycles[best] / 2, by: worst?.[0] };
}

function causesOf(costs: readonly Float64Array[]): Partial<Record<LeafName, number>> {
  const causes: Partial<Record<LeafName, number>> = {};
  for (const [leaf, { name }] of LEAVES.entries()) {
    const sum = costs.reduce((total, halfCycles) => total + halfCycles[leaf], 0);
    if (sum > 0) causes[name] = sum / 2;
  }
  return causes;
}

const cyclesOf = (costs: readonly Float64Array[]): number =>
  costs.reduce((sum, halfCycles) => halfCycles.reduce((a, b) => a + b, sum), 0) / 2;

function decodedAt(options: AnnotateOptions, pc: number): Decoded {
  const decoded = decode(options.word(pc));
  if (decoded === undefined)
    throw new Error(`no instruction at ${pc.toString(16)}, where one has been executed`);
  return decoded;
}

function planAt(options: AnnotateOptions, pc: number) {
  const before = pc % 8 === 4 ? decode(options.word(pc - 4)) : undefined;
  return planOf(decodedAt(options, pc), before, pc, options.sf, options.core);
}

/** Target of a direct branch. */
function targetOf(options: AnnotateOptions, pc: number): number | undefined {
  const { row, fields } = decodedAt(options, pc);
  if (row.timing !== 'branch') return undefined;
  const { branch } = dataflow(row, fields, { sf: options.sf, pc });
  return branch?.kind === 'direct' ? branchTarget(branch, pc) : undefined;
}

function placeOf(places: readonly CodePlace[], pc: number): CodePlace | undefined {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle].start <= pc) low = middle + 1;
    else high = middle;
  }
  const place = places[low - 1];
  return place !== undefined && pc < place.end ? place : undefined;
}

const ascending = (a: number, b: number): number => a - b;
