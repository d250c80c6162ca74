import { log2 } from '../memory/units.js';
import { L1_BYTES, L1_LAST_USE, L1_SET_BYTES } from '../memory/wasm/l1-set.js';
import { accessOf } from '../timing/rules.js';
import { CTX, fetchLine, GUEST_BYTES, L1_BASE } from './context.js';
import { pushHasInstructions, setFetchMap } from './fetch-points.js';
import { type LookUp, pushAddress, pushFound, pushSpread, pushWay, type Spans } from './group-code.js';
import type { Instruction } from './regions.js';
import type { Body, ImportedFunction, Label, Local, ValueType } from './wasm/builder.js';
import { emitInline, type InlineFunction } from './wasm/inline.js';
import { type BlockGroups, groupsOf } from './weave-groups.js';

/*
 * Warming (see warming.ts) in translated code. The order of uses is counted by a clock that each access of the L1 cache
 * advances; within a block it runs ahead at translation. In a block with groups (weave-groups.ts) each group is looked
 * up at its first load, and of its uses only the last before anything else may look is written: before a call into the
 * memory system, before the block may be left, at the group's last load.
 */

/** What warming code calls, in the order of the indices below; a thread is named by the address of its context. */
const WARMING_IMPORTS: readonly ImportedFunction[] = (
  [
    ['warmStore'],
    ['warmZero'],
    ['warmFlush'],
    ['warmFetch'],
    // Is given the clock too, and gives the address of the line's tag in the L1 cache.
    ['warmMiss', ['i32'], ['i32']],
  ] as [name: string, more?: ValueType[], results?: ValueType[]][]
).map(([name, more = [], results = []]) => ({ name, parameters: ['i32', 'i32', ...more], results }));
const CALL = { store: 0, zero: 1, flush: 2, fetch: 3, miss: 4 };

/** What such code is made with. */
export interface WarmingParts {
  /** Address of the warming clock. */
  readonly clock: number;
  /** `warmMiss`, to be put in place. */
  readonly miss: InlineFunction;
}

/** The functions above, and those that are called by what is put in place. */
export function warmingImports({ miss }: WarmingParts): readonly ImportedFunction[] {
  return [...WARMING_IMPORTS, ...miss.calls.values()];
}

/** Lines whose places a region remembers at most. */
const MOST_PLACES = 6;
const LINE_SHIFT = 7;

/** The line that loads by one base register touched last (-1: none), and where its tag stands in the L1 cache. */
interface Place {
  readonly line: Local;
  readonly tag: Local;
}

/** A group whose line has been looked up. */
interface Active {
  readonly line: Local;
  readonly tag: Local;
  /** Accesses of the block up to the use that is still to be written, where there is one. */
  used: number | undefined;
  /** Number of its last instruction. */
  readonly last: number;
}

/** The groups of a block that are worth a body. */
export function warmGroups(
  instructions: readonly Instruction[],
  pointers: ReadonlySet<number>,
): BlockGroups | undefined {
  const accesses = ({ decoded, flow }: Instruction) => ({ access: accessOf(flow, decoded.row.timing) });
  return groupsOf(instructions, accesses, pointers, { most: MOST_PLACES, least: 2, worth: 2 });
}

/** Emits warming into translated code. */
export class Warmer {
  private readonly clock: Local;
  private readonly stored: Local;
  private readonly line: Local;
  /** Accesses of its block that were done before an instruction that leaves. */
  private readonly done: Local;
  private readonly lookUp: LookUp;
  private readonly fetchMap: Local;
  private readonly places: readonly Place[];
  /** Numbers of the places of base registers. */
  private readonly bases = new Map<number, number>();
  /** Variables of what is put in place. */
  private missing: Local[] | undefined;
  /** Of each group of a block: its line, and where its tag stands. */
  private readonly lines: Local[] = [];
  private readonly tags: Local[] = [];
  private groups: BlockGroups | undefined;
  private readonly active = new Map<number, Active>();
  /** Accesses of the block so far, which the clock has not counted yet. */
  private ticks = 0;
  /** How many structures are open around the block's instructions. */
  private level = 0;

  constructor(
    private readonly body: Body,
    private readonly context: Local,
    private readonly parts: WarmingParts,
    private readonly spans: Spans,
    /** Whether variables are many already: then no place is remembered. */
    isFull: boolean,
  ) {
    const local = () => body.locals.add('i32');
    [this.clock, this.stored, this.line, this.done] = Array.from({ length: 4 }, local);
    this.fetchMap = local();
    this.lookUp = { l1: local(), set: local(), found: local() };
    this.places = Array.from({ length: isFull ? 0 : MOST_PLACES }, () => ({ line: local(), tag: local() }));
  }

  enter(body: Body): void {
    body.i32(this.parts.clock);
    body.memory('i32.load');
    body.set(this.clock);
    body.get(this.context);
    body.memory('i32.load', CTX.warmStored);
    body.set(this.stored);
    const core = () => {
      body.get(this.context);
      body.memory('i32.load', CTX.core);
    };
    setFetchMap(body, this.fetchMap, core);
    core();
    body.i32(L1_BYTES);
    body.op('i32.mul');
    body.i32(L1_BASE);
    body.op('i32.add');
    body.set(this.lookUp.l1);
    this.forget(body);
  }

  leave(body: Body): void {
    body.i32(this.parts.clock);
    body.get(this.clock);
    body.memory('i32.store');
    body.get(this.context);
    body.get(this.stored);
    body.memory('i32.store', CTX.warmStored);
  }

  // Blocks.

  /** Before the instruction at `pc`: see fetch-points.ts. */
  fetch(pc: number): void {
    const { body } = this;
    pushHasInstructions(body, this.fetchMap, pc);
    body.op('i32.eqz');
    const label = body.if(undefined, 'unlikely');
    body.i32(fetchLine(pc));
    body.set(this.line);
    this.call(CALL.fetch);
    this.count(1);
    this.forget(body);
    body.end(label);
  }

  /** Goes to `otherwise` where the line of `pc` is not in the instruction cache. */
  guardFetch(pc: number, otherwise: Label): void {
    pushHasInstructions(this.body, this.fetchMap, pc);
    this.body.op('i32.eqz');
    this.body.brIf(otherwise, 'unlikely');
  }

  /** Goes to `otherwise` unless each group lies in one line. `general` pushes the low word of a general register. */
  guard({ groups }: BlockGroups, general: (reg: number) => void, otherwise: Label): void {
    const { body } = this;
    this.spans.forget();
    for (const [g, group] of groups.entries()) {
      if (this.lines[g] === undefined) {
        this.lines[g] = body.locals.add('i32');
        this.tags[g] = body.locals.add('i32');
      }
      if (group.members.length > 1) {
        pushSpread(body, group, general, this.spans);
        body.brIf(otherwise, 'unlikely');
      }
      pushAddress(body, group.members[0], general);
      body.i32(GUEST_BYTES - 1);
      body.op('i32.and');
      body.i32(LINE_SHIFT);
      body.op('i32.shr_u');
      body.set(this.lines[g]);
    }
  }

  /** Where the line of a base register's group stands after `guard`. */
  lineOf({ groups }: BlockGroups, base: number): Local | undefined {
    const g = groups.findIndex((group) => group.base === base);
    return g < 0 ? undefined : this.lines[g];
  }

  startBlock(groups: BlockGroups | undefined): void {
    this.groups = groups;
    this.active.clear();
    this.ticks = 0;
    this.level = this.body.level;
  }

  /** Behind the last instruction of a block. */
  endInstructions(): void {
    this.count(this.ticks);
    this.ticks = 0;
    this.active.clear();
  }

  /** Where the code may leave before the current instruction. */
  beforeSide(): void {
    this.writeUses();
    this.body.i32(this.ticks);
    this.body.set(this.done);
  }

  /** Where code goes that has left so. */
  side(): void {
    this.body.get(this.clock);
    this.body.get(this.done);
    this.body.op('i32.add');
    this.body.set(this.clock);
  }

  // Accesses.

  /**
   * After instruction `at` of the block; `address` pushes the physical address of its access, `leaveIf` leaves behind the
   * instruction if the i32 on the stack is not 0.
   */
  access(
    { decoded: { row, fields }, flow }: Instruction,
    at: number,
    address: () => void,
    leaveIf: () => void,
  ): void {
    const kind = accessOf(flow, row.timing)?.kind;
    if (kind === undefined) return;
    const { body } = this;
    const group = this.groups?.groupOf.get(at);
    if (group !== undefined) return this.inGroup(group, at, leaveIf);
    address();
    body.i32(LINE_SHIFT);
    body.op('i32.shr_u');
    body.set(this.line);
    if (kind === 'load' || kind === 'prefetch') {
      const place = this.placeOf(fields.rA || fields.rB || 0, fields.rB);
      // Prefetches miss most of the time; bodies without groups are rarely run.
      const oftenMisses = kind === 'prefetch' && this.groups !== undefined;
      this.pushTag(this.line, place, oftenMisses, () => this.afterCall(at, 1, leaveIf));
      body.set(this.lookUp.set);
      this.touch(this.lookUp.set, this.ticks);
      this.ticks++;
      return;
    }
    if (kind === 'store') {
      body.get(this.line);
      body.get(this.stored);
      body.op('i32.ne');
      const label = body.if(undefined, 'unlikely');
      this.call(CALL.store);
      this.count(1);
      body.get(this.line);
      body.set(this.stored);
      this.afterCall(at, 0, leaveIf);
      body.end(label);
      return;
    }
    this.call(CALL[kind]);
    this.ticks++;
    this.afterCall(at, 0, leaveIf);
    body.i32(-1);
    body.set(this.stored);
  }

  private inGroup(g: number, at: number, leaveIf: () => void): void {
    const { body } = this;
    const begun = this.active.get(g);
    if (begun === undefined) {
      const { groups, groupOf } = this.groups!;
      const line = this.lines[g];
      this.pushTag(line, this.placeOf(groups[g].base), false, () => this.afterCall(at, 1, leaveIf));
      body.set(this.tags[g]);
      const last = Math.max(...[...groupOf].filter(([, group]) => group === g).map(([i]) => i));
      this.active.set(g, { line, tag: this.tags[g], used: this.ticks, last });
    } else begun.used = this.ticks;
    // From here on a call may take the line away unnoticed.
    if (this.active.get(g)!.last === at) this.writeUse(this.active.get(g)!);
    this.ticks++;
  }

  /** Pushes where the tag of a line stands; where the L1 cache has it not it is brought, and `missed` comes behind. */
  private pushTag(line: Local, place: Place | undefined, oftenMisses: boolean, missed: () => void): void {
    const { body } = this;
    let again: Label | undefined;
    if (place !== undefined) {
      body.get(place.line);
      body.get(line);
      body.op('i32.eq');
      again = body.if('i32');
      body.get(place.tag);
      body.else();
    }
    const shifted = () => {
      body.get(line);
      body.i32(log2(L1_SET_BYTES));
      body.op('i32.shl');
    };
    pushFound(body, this.lookUp, shifted, () => body.get(line));
    const hit = body.if('i32', oftenMisses ? undefined : 'likely');
    pushWay(body, this.lookUp);
    body.else();
    this.miss(line, oftenMisses);
    missed();
    body.end(hit);
    if (place === undefined) return;
    body.tee(place.tag);
    body.get(line);
    body.set(place.line);
    body.end(again!);
  }

  /** The place of a base register, for the first few of a region; none where one of the registers steps over lines. */
  private placeOf(base: number, other = base): Place | undefined {
    const leaves = (reg: number) => Math.abs(this.groups?.steps.get(reg) ?? 0) >= 1 << LINE_SHIFT;
    if (leaves(base) || leaves(other)) return undefined;
    if (!this.bases.has(base)) this.bases.set(base, this.bases.size);
    return this.places[this.bases.get(base)!];
  }

  /** Notes that the line whose tag stands at `tag` has been used by the access that came after `ticks` of its block. */
  private touch(tag: Local, ticks: number): void {
    const { body } = this;
    body.get(tag);
    this.pushClock(ticks);
    body.memory('i32.store', L1_LAST_USE);
  }

  /** Writes the uses of groups that are still to be written. */
  private writeUses(): void {
    for (const group of this.active.values()) this.writeUse(group);
  }

  private writeUse(group: Active): void {
    if (group.used === undefined) return;
    this.touch(group.tag, group.used);
    // What is done under a condition may have to be done again.
    if (this.body.level === this.level) group.used = undefined;
  }

  private pushClock(ticks: number): void {
    const { body } = this;
    body.get(this.clock);
    if (ticks === 0) return;
    body.i32(ticks);
    body.op('i32.add');
  }

  private count(ticks: number): void {
    if (ticks === 0) return;
    this.pushClock(ticks);
    this.body.set(this.clock);
  }

  /**
   * Brings a line that the L1 cache has not, and pushes where its tag stands there now: by a call, or in place, as a call
   * takes longer than that, with all that is in the host's registers.
   */
  private miss(line: Local, inPlace: boolean): void {
    const { body } = this;
    this.writeUses();
    body.get(this.context);
    body.get(line);
    this.pushClock(this.ticks);
    if (!inPlace) return body.call(CALL.miss);
    const { miss } = this.parts;
    this.missing ??= [...miss.parameters, ...miss.locals].map((type) => body.locals.add(type));
    const imports = warmingImports(this.parts);
    emitInline(body, miss, this.missing, (called) => imports.indexOf(called));
  }

  /** Calls for the line in `line`; every call counts the clock on by one. */
  private call(what: number): void {
    const { body } = this;
    this.writeUses();
    body.i32(this.parts.clock);
    this.pushClock(this.ticks);
    body.memory('i32.store');
    body.get(this.context);
    body.get(this.line);
    body.call(what);
  }

  /**
   * A call by instruction `at` may have taken any line out of the L1 cache. Where it was the line of a group that is to
   * be loaded from again, the block is no longer this one. `ticks`: what the instruction counts that is not counted yet.
   */
  private afterCall(at: number, ticks: number, leaveIf: () => void): void {
    const { body } = this;
    this.forget(body);
    const rest = [...this.active.values()].filter(({ last }) => last > at);
    if (rest.length === 0) return;
    for (const [i, { tag, line }] of rest.entries()) {
      body.get(tag);
      body.memory('i32.load');
      body.get(line);
      body.op('i32.ne');
      if (i > 0) body.op('i32.or');
    }
    // Uses were written before the call, the instruction's own by it.
    const uses = [...this.active.values()].map((group) => [group, group.used] as const);
    for (const [group] of uses) group.used = undefined;
    this.ticks += ticks;
    leaveIf();
    this.ticks -= ticks;
    for (const [group, used] of uses) group.used = used;
  }

  private forget(body: Body): void {
    for (const { line } of this.places) {
      body.i32(-1);
      body.set(line);
    }
  }
}
