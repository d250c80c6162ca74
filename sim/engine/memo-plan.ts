import type { AccessPlan, IssuePlan } from '../timing/plan.js';
import * as RECORD from '../timing/records/record.js';
import type { Layout } from './region-layout.js';
import type { Block, Edge, Instruction } from './regions.js';
import { type BlockGroups, type GroupLimits, groupsOf } from './weave-groups.js';

/**
 * Which blocks of a region have a body that takes their timing from records (timing-memo.ts), and where the fields of
 * such a record lie.
 */
export interface MemoBlock {
  /** Names the block in all code of the process; 0 for code outside the region. */
  readonly ref: number;
  readonly instructions: readonly { readonly pc: number; readonly plan: IssuePlan }[];
  /** Its loads by line; undefined for a block that always goes through its other bodies. */
  readonly groups: BlockGroups | undefined;
  /** Its first load, and of which group, when that may wait for its line with the block's records. */
  readonly first: { readonly at: number; readonly group: number } | undefined;
  readonly ahead: Ahead | undefined;
  readonly cuts: readonly Cut[];
  /** Instructions whose slot the code needs: all that access memory. */
  readonly slots: readonly number[];
  /** Those that store: when their data is there, the code needs as well. */
  readonly stores: readonly number[];
  /** Where it goes on when its branch is not taken, and when it is; addresses, -1 where that is not known. */
  readonly next: number;
  readonly taken: number;
}

/**
 * The next block, where what is tested for both need not be tested again: it has no loads, or a block of loads only goes on
 * with it without a branch and its loads go to the same lines.
 */
export interface Ahead {
  readonly instructions: MemoBlock['instructions'];
  /** Of each of its groups, which group of the first block that is. */
  readonly groups: readonly number[];
}

/**
 * Where something may be later than the record says, by a delay it does not know. Mostly it is the slot: an instruction
 * waits for a miss slot, for room in the store queue, or for its address to be translated. The result of a load is
 * `late` whose line comes after the slot and the latency of a hit.
 */
export interface Cut {
  readonly at: number;
  readonly what: 'prefetch' | 'miss' | 'late' | 'storeQueue' | 'translation';
}

export type MemoRegion = ReadonlyMap<number, MemoBlock>;

/** How a block may end. */
export const OUTCOME = { next: 0, nextWrong: 1, taken: 2, takenWrong: 3 } as const;

const REGION_BLOCKS = 1024;
let regions = 0;
/** Number of the region of a block. */
export const regionOf = (ref: number): number => Math.floor(ref / REGION_BLOCKS);

// Fields of a record: see timing/records/record.ts.

/** Offset of the link for a mask and a slot. */
export const linkOf = (mask: number, s: number): number => RECORD.LINKS + 4 * ((s & mask) + mask - 1);
export const outcomeField = (outcome: number): number => RECORD.OUTCOMES + RECORD.OUTCOME_BYTES * outcome;
export const fieldOfCut = (number: number): number => RECORD.CUTS + RECORD.CUT_BYTES * number;
export const cutNumber = ({ cuts }: MemoBlock, at: number, what: Cut['what']): number =>
  cuts.findIndex((cut) => cut.at === at && cut.what === what);
export const cutField = (block: MemoBlock, at: number, what: Cut['what']): number =>
  fieldOfCut(cutNumber(block, at, what));
export const slotField = ({ cuts, slots }: MemoBlock, at: number): number =>
  fieldOfCut(cuts.length) + 4 * slots.indexOf(at);
export const dataField = ({ cuts, slots, stores }: MemoBlock, at: number): number =>
  fieldOfCut(cuts.length) + 4 * (slots.length + stores.indexOf(at));
export const recordBytes = ({ cuts, slots, stores }: MemoBlock): number =>
  fieldOfCut(cuts.length) + 4 * (slots.length + stores.length);

/** Half-cycles from the slot of a load that hits to its first result. */
export const latencyOf = ({ results }: IssuePlan): number =>
  Math.min(...results.filter(({ fromMemory }) => fromMemory).map(({ latency }) => latency));

/** Whether anything between two instructions calls the memory system, but for a first load. */
export const callsBetween = ({ instructions }: MemoBlock, from: number, to: number): boolean =>
  instructions.slice(from, to).some(({ plan: { access } }) => access !== undefined && access.kind !== 'load');

/** Groups that are loaded from after an instruction. */
export const loadedAfter = ({ groups }: MemoBlock, at: number): number[] => [
  ...new Set([...groups!.groupOf].filter(([i]) => i > at).map(([, group]) => group)),
];

/** Whether the time of a load is the one that its line's last use keeps, or that a call sees. */
export function isSeen(block: MemoBlock, at: number): boolean {
  const { groupOf } = block.groups!;
  const later = [...groupOf].find(([i, group]) => i > at && group === groupOf.get(at));
  return later === undefined || callsBetween(block, at, later[0]);
}

/** Longer ones spend little on their head. */
const LIMITS: GroupLimits = { least: 1, most: 10, worth: 0 };

/** The blocks of a region, by their numbers plus one; a region gets other references each time. */
export function memoRegion(
  { blocks }: Layout,
  planOf: (instruction: Instruction) => IssuePlan,
  pointers: ReadonlySet<number>,
): MemoRegion {
  const base = ++regions * REGION_BLOCKS;
  const region = new Map<number, MemoBlock>();
  for (const [number, block] of blocks.entries())
    region.set(number + 1, memoBlock(block, base + number + 1, planOf, pointers));
  for (let number = 1; number < blocks.length; number++) {
    const [one, next] = [region.get(number)!, region.get(number + 1)!];
    if (one.groups === undefined || region.get(number - 1)?.ahead !== undefined) continue;
    if (next.groups?.groups.length === 0 && one.next === blocks[number].pc) {
      region.set(number, { ...one, ahead: { instructions: next.instructions, groups: [] } });
      continue;
    }
    const pair = goOn(blocks[number - 1], blocks[number]);
    const joint = pair && groupsOf(pair, planOf, pointers, LIMITS);
    const groups = joint && sameLines(one, next, joint);
    if (!groups) continue;
    const { instructions } = next;
    const both = { ...one.groups, groups: joint.groups };
    region.set(number, { ...one, groups: both, ahead: { instructions, groups } });
  }
  return region;
}

function memoBlock(
  block: Block,
  ref: number,
  planOf: (instruction: Instruction) => IssuePlan,
  pointers: ReadonlySet<number>,
): MemoBlock {
  const instructions = block.instructions.map((i) => ({ pc: i.pc, plan: planOf(i) }));
  const groups = rememberable(block, planOf, pointers);
  const kinds = groups === undefined ? [] : instructions.map(({ plan }) => plan.access?.kind);
  const { end } = block;
  const first = groups && firstOf(groups, instructions);
  const pcOf = (edge: Edge | undefined): number => edge?.pc ?? -1;
  return {
    ref,
    instructions,
    groups,
    first,
    ahead: undefined,
    cuts: kinds.flatMap((kind, at) => cutsOf(kind, at, first)),
    slots: kinds.flatMap((kind, at) => (kind === undefined ? [] : [at])),
    stores: kinds.flatMap((kind, at) => (kind === 'store' ? [at] : [])),
    next: 'next' in end ? pcOf(end.next) : -1,
    taken: end.kind === 'branch' ? pcOf(end.taken) : -1,
  };
}

/** The instructions of two blocks of which the first one goes on with the second without a branch. */
function goOn(one: Block, next: Block): Instruction[] | undefined {
  const goes = one.end.kind === 'fall' && one.end.next.pc === next.pc;
  return goes ? [...one.instructions, ...next.instructions] : undefined;
}

/**
 * Of each group of `next`, which group of `one` has its line, given the groups of both together; undefined when it is not
 * so for all, or the line might come late for one of its loads without having come late for those of `one`.
 */
function sameLines(one: MemoBlock, next: MemoBlock, joint: BlockGroups): readonly number[] | undefined {
  const { length } = one.instructions;
  if (one.first === undefined || callsBetween(one, 0, length)) return undefined;
  if (joint.groups.length > one.groups!.groups.length || next.groups === undefined) return undefined;
  const groups = next.groups.groups.map(() => -1);
  for (const [at, group] of next.groups.groupOf) {
    const own = joint.groupOf.get(length + at) ?? -1;
    if (groups[group] >= 0 && groups[group] !== own) return undefined;
    groups[group] = own;
    const before = [...one.groups!.groupOf].find(([, g]) => g === own);
    if (before === undefined || joint.groupOf.get(before[0]) !== own) return undefined;
    if (latencyOf(next.instructions[at].plan) < latencyOf(one.instructions[before[0]].plan)) return undefined;
  }
  return groups;
}

function firstOf({ groupOf }: BlockGroups, instructions: MemoBlock['instructions']): MemoBlock['first'] {
  const at = instructions.findIndex(({ plan }) => plan.access !== undefined);
  const group = groupOf.get(at);
  // What closes issue for a while begins to do so at a slot of its own.
  return group === undefined || instructions[at].plan.blockCycles > 0 ? undefined : { at, group };
}

function cutsOf(kind: AccessPlan['kind'] | undefined, at: number, first: MemoBlock['first']): Cut[] {
  if (kind === 'prefetch') return [{ at, what: 'prefetch' }];
  if (at === first?.at) {
    return [
      { at, what: 'miss' },
      { at, what: 'late' },
    ];
  }
  if (kind !== 'store') return [];
  return [
    { at, what: 'storeQueue' },
    { at, what: 'translation' },
  ];
}

/** The groups of a block all of whose accesses are such that a record can stand for their timing. */
function rememberable(
  { instructions }: Block,
  planOf: (instruction: Instruction) => IssuePlan,
  pointers: ReadonlySet<number>,
): BlockGroups | undefined {
  let loads = 0;
  let stores = 0;
  for (const instruction of instructions) {
    const { access, blockCycles, results, sync } = planOf(instruction);
    if (sync !== undefined) return undefined;
    if (access === undefined) continue;
    if (access.kind === 'load') {
      // It could hit the store.
      if (stores > 0) return undefined;
      loads++;
    } else if (access.kind === 'zero' || access.kind === 'flush') return undefined;
    else if (blockCycles > 0 || results.length > 0) return undefined;
    if (access.kind === 'store') stores++;
  }
  if (loads === 0) return { groups: [], groupOf: new Map(), memberOf: new Map(), steps: new Map() };
  const groups = groupsOf(instructions, planOf, pointers, LIMITS);
  return groups?.groupOf.size === loads ? groups : undefined;
}
