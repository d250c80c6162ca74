import { L1_SET_BYTES, L1_SETS } from '../memory/wasm/l1-set.js';
import { GUEST_BYTES } from './context.js';
import type { Constants } from './region-constants.js';
import type { Body, Local, Locals } from './wasm/builder.js';
import type { BlockGroups, LoadGroup, Member } from './weave-groups.js';

const OTHER_LINE = (GUEST_BYTES - 1) & ~127;

/** Pushes the low word of an address; `general` pushes that of a general register. */
export function pushAddress(
  body: Body,
  { base, index, offset }: Member,
  general: (reg: number) => void,
): void {
  general(base);
  if (index >= 0) {
    general(index);
    body.op('i32.add');
  }
  if (offset !== 0) {
    body.i32(offset);
    body.op('i32.add');
  }
}

/**
 * Spans of a region's groups: all the bits of the distances of a group's members from its base together. Of registers that
 * the region never writes they are put together where it is entered.
 */
export class Spans {
  /** What index registers hold at the head of the block, which is tested there as well; see region-constants.ts. */
  constants: Constants = new Map();
  private readonly steady = new Map<string, Span & { readonly local: Local }>();
  private readonly passing = new Map<string, Local>();

  constructor(
    private readonly locals: Locals,
    private readonly written: ReadonlySet<number>,
  ) {}

  /** A variable that holds the span, put together in `body` where that has not been done yet. */
  local(span: Span, body: Body, general: (reg: number) => void): Local {
    const key = `${span.constant} ${span.indices}`;
    if (!span.indices.some((reg) => this.written.has(reg))) {
      const known = this.steady.get(key) ?? { ...span, local: this.locals.add('i32') };
      this.steady.set(key, known);
      return known.local;
    }
    let local = this.passing.get(key);
    if (local === undefined) {
      local = this.locals.add('i32');
      this.passing.set(key, local);
      pushSpan(body, span, general);
      body.set(local);
    }
    return local;
  }

  /** The same address, with an offset for an index that is a constant. */
  plain(member: Member): Member {
    const constant = this.constants.get(member.index);
    return constant === undefined ? member : { ...member, index: -1, offset: member.offset + constant };
  }

  /** Other code begins: of what was put together there nothing is left. */
  forget(): void {
    this.passing.clear();
  }

  /** At the entry of the region; `general` pushes the low word of a general register. */
  enter(body: Body, general: (reg: number) => void): void {
    for (const span of this.steady.values()) {
      pushSpan(body, span, general);
      body.set(span.local);
    }
  }
}

interface Span {
  readonly constant: number;
  readonly indices: readonly number[];
}

function pushSpan(body: Body, { constant, indices }: Span, general: (reg: number) => void): void {
  body.i32(constant);
  for (const index of indices) {
    general(index);
    body.op('i32.or');
  }
}

/**
 * Pushes 0 when the group lies in one line and none of its accesses crosses a boundary. Where the base is not beyond the
 * lowest and highest of the offsets it lies there too; see `offsetFromBase`.
 */
export function pushSpread(body: Body, group: LoadGroup, general: (reg: number) => void, spans: Spans): void {
  const { base } = group;
  const members = group.members.map((member) => spans.plain(member));
  const alignment = Math.max(...members.map((m) => m.alignment));
  const offsets = members.map(({ offset }) => offset);
  const indices = [...new Set(members.map(({ index }) => index))];
  const high = Math.max(...offsets);
  if (indices.every((index) => index < 0)) {
    const isAlike = offsets.every((offset) => offset % alignment === 0);
    if (Math.min(...offsets) !== 0 || high > 127 || !isAlike) return pushSpreadByEach(body, members, general);
    general(base);
    body.i32(127);
    body.op('i32.and');
    body.i32(127 - high);
    body.op('i32.gt_u');
    if (alignment > 1) pushUnaligned(body, () => general(base), alignment);
    return;
  }
  const isPlain = members.every(({ index, offset }) => offset >= 0 && (index < 0 || offset === 0));
  if (indices.length === 1 || !isPlain) return pushSpreadByEach(body, members, general);
  // No member lies further from the base than all the bits of their distances together.
  const constant = members.reduce((bits, { index, offset }) => (index < 0 ? bits | offset : bits), 0);
  const made = { constant, indices: indices.filter((index) => index >= 0) };
  const span = spans.local(made, body, general);
  general(base);
  body.i32(127);
  body.op('i32.and');
  body.get(span);
  body.op('i32.add');
  // The sum alone may have wrapped round, where a distance is negative.
  body.get(span);
  body.op('i32.or');
  body.i32(127);
  body.op('i32.gt_u');
  if (alignment === 1) return;
  const pushBits = () => {
    general(base);
    body.get(span);
    body.op('i32.or');
  };
  pushUnaligned(body, pushBits, alignment);
}

/** Adds to the i32 on the stack whether a number is no multiple of the alignment. */
function pushUnaligned(body: Body, push: () => void, alignment: number): void {
  push();
  body.i32(alignment - 1);
  body.op('i32.and');
  body.op('i32.or');
}

function pushSpreadByEach(body: Body, members: readonly Member[], general: (reg: number) => void): void {
  const offsets = members.filter(({ index }) => index < 0).map(({ offset }) => offset);
  const isEnd = (offset: number) => offset === Math.min(...offsets) || offset === Math.max(...offsets);
  // Among those without an index the ends are enough.
  const ends = members.filter(({ index, offset }) => index >= 0 || isEnd(offset));
  body.i32(0);
  for (const member of ends.slice(1)) {
    pushAddress(body, ends[0], general);
    pushAddress(body, member, general);
    body.op('i32.xor');
    body.op('i32.or');
  }
  body.i32(OTHER_LINE);
  body.op('i32.and');
  for (const member of members.filter(({ alignment }) => alignment > 1))
    pushUnaligned(body, () => pushAddress(body, member, general), member.alignment);
}

/** How far from the base an access is that lies in one line with it, once the spread of its group was tested. */
export function offsetFromBase(
  { groups, groupOf, memberOf }: BlockGroups,
  at: number,
  spans: Spans,
): number | undefined {
  const group = groupOf.get(at);
  if (group === undefined) return undefined;
  const { members } = groups[group];
  const plain = members.map((member) => spans.plain(member)).filter(({ index }) => index < 0);
  const offsets = plain.map(({ offset }) => offset);
  const { index, offset } = spans.plain(memberOf.get(at)!);
  const isBetween = members.length > 1 && Math.min(...offsets) <= 0 && Math.max(...offsets) >= 0;
  return isBetween && index < 0 ? offset : undefined;
}

/** Where a core's L1 data cache begins, and what a look-up in it leaves: the set and a mask of the ways that have the line. */
export interface LookUp {
  readonly l1: Local;
  readonly set: Local;
  readonly found: Local;
}

/** Looks a line up; leaves the mask of ways on the stack too. `shifted` pushes its number times L1_SET_BYTES, low bits any. */
export function pushFound(
  body: Body,
  { l1, set, found }: LookUp,
  shifted: () => void,
  line: () => void,
): void {
  body.get(l1);
  shifted();
  body.i32((L1_SETS - 1) * L1_SET_BYTES);
  body.op('i32.and');
  body.op('i32.add');
  body.tee(set);
  body.memory('v128.load');
  line();
  body.op('i32x4.splat');
  body.op('i32x4.eq');
  body.op('i32x4.bitmask');
  body.tee(found);
}

/** Pushes the address of the tag of the way found. */
export function pushWay(body: Body, { set, found }: LookUp): void {
  body.get(set);
  body.get(found);
  body.op('i32.ctz');
  body.i32(2);
  body.op('i32.shl');
  body.op('i32.add');
}
