import type { IssuePlan } from '../timing/plan.js';
import { accessOf } from '../timing/rules.js';
import type { Instruction } from './regions.js';

/**
 * Loads of a block that mostly lie in one cache line: those that begin at the same base register. When, at the head
 * of the block, all of a group's addresses lie in one line and that line is in the L1 cache and has arrived, one
 * lookup stands for all.
 */
export interface LoadGroup {
  readonly base: number;
  readonly members: readonly Member[];
}

/** An address as the block's head sees it: general registers there (-1: none) and a constant. */
export interface Member {
  readonly base: number;
  readonly index: number;
  readonly offset: number;
  /** Natural alignment that a scalar access needs so that it cannot cross a boundary; 1 for vector accesses. */
  readonly alignment: number;
}

export interface BlockGroups {
  readonly groups: readonly LoadGroup[];
  /** Registers whose value at the block's end is that at its head plus a constant, not 0. */
  readonly steps: ReadonlyMap<number, number>;
  /** Number of the group of an instruction of the block, where it has one, and its address there. */
  readonly groupOf: ReadonlyMap<number, number>;
  readonly memberOf: ReadonlyMap<number, Member>;
}

/**
 * How many groups a block may have, accesses of one base that make a group worth a guard, and accesses in groups that
 * make another body worth while.
 */
export interface GroupLimits {
  readonly most: number;
  readonly least: number;
  readonly worth: number;
}
const LIMITS: GroupLimits = { most: 6, least: 2, worth: 4 };

/** A register's value: another's at the head of the block plus a constant. */
interface Known {
  readonly root: number;
  readonly offset: number;
}

/** The groups of a block; undefined when it is not worth a second body. `pointers` are those of all its region. */
export function groupsOf(
  instructions: readonly Instruction[],
  planOf: (instruction: Instruction) => Pick<IssuePlan, 'access'>,
  pointers: ReadonlySet<number>,
  { most, least, worth }: GroupLimits = LIMITS,
): BlockGroups | undefined {
  const { addresses, steps } = followed(instructions, pointers);
  const found = new Map<number, { at: number; member: Member }[]>();
  for (const [i, instruction] of instructions.entries()) {
    const { access } = planOf(instruction);
    if (access?.kind === 'zero' || access?.kind === 'flush') return undefined;
    const member = addresses.get(i);
    if (member !== undefined) {
      const list = found.get(member.base) ?? [];
      list.push({ at: i, member });
      found.set(member.base, list);
    }
  }
  const groups: LoadGroup[] = [];
  const groupOf = new Map<number, number>();
  const memberOf = new Map<number, Member>();
  for (const [base, list] of found) {
    if (list.length < least || groups.length === most) continue;
    for (const { at, member } of list) {
      groupOf.set(at, groups.length);
      memberOf.set(at, member);
    }
    groups.push({ base, members: distinct(list.map(({ member }) => member)) });
  }
  return groupOf.size < worth ? undefined : { groups, groupOf, memberOf, steps };
}

/** Where the loads of a block go, by number of the instruction, as far as the block's head can tell. */
export function headAddresses(
  instructions: readonly Instruction[],
  pointers: ReadonlySet<number>,
): ReadonlyMap<number, Member> {
  return followed(instructions, pointers).addresses;
}

/** Where the prefetches of a block go, as far as the block's head can tell. */
export function prefetchAddresses(instructions: readonly Instruction[]): Member[] {
  return [...followed(instructions, new Set()).prefetched.values()];
}

interface Followed {
  readonly addresses: ReadonlyMap<number, Member>;
  readonly prefetched: ReadonlyMap<number, Member>;
  readonly steps: ReadonlyMap<number, number>;
}

function followed(instructions: readonly Instruction[], pointers: ReadonlySet<number>): Followed {
  const values = new Map<number, Known | undefined>();
  const knownOf = (reg: number): Known | undefined =>
    values.has(reg) ? values.get(reg) : { root: reg, offset: 0 };
  const addresses = new Map<number, Member>();
  const prefetched = new Map<number, Member>();
  for (const [i, instruction] of instructions.entries()) {
    const { row, fields } = instruction.decoded;
    const member = memberOf(instruction, knownOf, pointers);
    if (member !== undefined) addresses.set(i, member);
    else if (row.timing === 'cacheHint') {
      const address = indexed(fields, knownOf, pointers, 1);
      if (address !== undefined) prefetched.set(i, address);
    }
    follow(instruction, values, knownOf);
  }
  const steps = new Map<number, number>();
  for (const [reg, value] of values) {
    if (value?.root === reg && value.offset !== 0) steps.set(reg, value.offset);
  }
  return { addresses, prefetched, steps };
}

const FORMS = /^\w+,(d|ds)\(rA\)$|^\w+,rA,rB$/;

function memberOf(
  { decoded: { row, fields }, flow }: Instruction,
  knownOf: (reg: number) => Known | undefined,
  pointers: ReadonlySet<number>,
): Member | undefined {
  if (!FORMS.test(row.syntax) || row.timing === 'loadMultiple' || row.timing === 'shiftPattern')
    return undefined;
  const access = accessOf(flow, row.timing);
  if (access?.kind !== 'load') return undefined;
  const alignment = row.timing === 'loadVector' ? 1 : access.size;
  if (row.syntax.endsWith('rB')) return indexed(fields, knownOf, pointers, alignment);
  const a = fields.rA === 0 ? undefined : knownOf(fields.rA);
  if (a === undefined) return undefined;
  return { base: a.root, index: -1, offset: a.offset + (fields.ds ?? fields.d), alignment };
}

/** The sum of two registers, or one where rA is 0. */
function indexed(
  fields: Instruction['decoded']['fields'],
  knownOf: (reg: number) => Known | undefined,
  pointers: ReadonlySet<number>,
  alignment: number,
): Member | undefined {
  const a = fields.rA === 0 ? undefined : knownOf(fields.rA);
  if (fields.rA !== 0 && a === undefined) return undefined;
  const b = knownOf(fields.rB);
  if (b === undefined) return undefined;
  if (a === undefined) return { base: b.root, index: -1, offset: b.offset, alignment };
  // Either may be the one that others share a line with.
  const [base, index] = pointers.has(b.root) && !pointers.has(a.root) ? [b, a] : [a, b];
  return { base: base.root, index: index.root, offset: a.offset + b.offset, alignment };
}

/** Registers that are an address by themselves in some of the instructions, so no mere offset to one. */
export function pointersOf(instructions: readonly Instruction[]): ReadonlySet<number> {
  const pointers = new Set<number>();
  for (const { decoded } of instructions) {
    const { row, fields } = decoded;
    if (!FORMS.test(row.syntax)) continue;
    if (!row.syntax.endsWith('rB')) pointers.add(fields.rA);
    else if (fields.rA === 0) pointers.add(fields.rB);
  }
  return pointers;
}

/** What an instruction does to the general registers, as far as constants go. */
function follow(
  { decoded: { row, fields }, flow }: Instruction,
  values: Map<number, Known | undefined>,
  knownOf: (reg: number) => Known | undefined,
): void {
  const a = fields.rA ? knownOf(fields.rA) : undefined;
  const steps = row.name === 'addi' && a !== undefined;
  const updates = /^\w+,(d|ds)\(rA\)$/.test(row.syntax) && a !== undefined;
  const displacement = fields.ds ?? fields.d;
  for (const { reg, loaded } of flow.writes) {
    if (reg >= 32) continue;
    if (steps) values.set(reg, { root: a.root, offset: a.offset + fields.SIMM });
    else if (updates && reg === fields.rA && !loaded)
      values.set(reg, { root: a.root, offset: a.offset + displacement });
    else values.set(reg, undefined);
  }
}

export function distinct(members: readonly Member[]): Member[] {
  const seen = new Map(members.map((m) => [`${m.base} ${m.index} ${m.offset} ${m.alignment}`, m]));
  return [...seen.values()];
}
