import { GPR } from '../isa/registers.js';
import { GUEST_BYTES, MEMO, MEMO_CONTEXT } from './context.js';
import { pushAddress, pushSpread, type Spans } from './group-code.js';
import { ALWAYS_KNOWN, LINES_KNOWN, LINES_SINCE, LINES_STEADY } from './known-lines.js';
import { limitsOf, type NumberClass, OPERAND } from './number-class.js';
import type { Constants } from './region-constants.js';
import type { BlockProof } from './region-proof.js';
import { LEFT } from './region-timing.js';
import { WORD_SWAP } from './translate-memory.js';
import type { Helpers } from './translate-values.js';
import { Body, type Label, type Local, Locals } from './wasm/builder.js';
import type { LoadGroup } from './weave-groups.js';

const PROVED = MEMO_CONTEXT + MEMO.proved;
const QUADWORDS = 8;
const LINE_SHIFT = 7;

/** Emits the tests of what proved bodies assume; see region-proof.ts. */
export class Prover {
  /** Whether what the next block claims of registers holds; not used where the thread keeps that. */
  private readonly holds: Local;
  private readonly line: Local;
  private readonly fold: Fold;

  constructor(
    private readonly body: Body,
    private readonly helpers: Helpers,
    private readonly spans: Spans,
    private readonly pushRegister: (reg: number) => void,
    private readonly pushGeneral: (reg: number) => void,
    /** A thread that comes back goes on with what it has left this region with, if it has been nowhere else. */
    private readonly kept?: { readonly context: Local; readonly region: number },
  ) {
    [this.holds, this.line] = Array.from({ length: 2 }, () => body.locals.add('i32'));
    this.fold = new Fold(body, helpers);
  }

  /** At the entry: what the thread has proved elsewhere says nothing here. */
  resume(body: Body): void {
    if (this.kept === undefined) return;
    this.pushHolds(body);
    body.op('i32.eqz');
    const isNew = body.if(undefined, 'unlikely');
    this.after(false, body);
    body.end(isNew);
  }

  /** See below. */
  suspend(body: Body, reason: Local): void {
    body.get(reason);
    body.i32(LEFT.yield);
    body.op('i32.ne');
    const leaves = body.if(undefined, 'unlikely');
    this.after(false, body);
    body.end(leaves);
  }

  /**
   * Goes to `otherwise` unless the claims at the head hold and the lines are of class OPERAND. `lineOf` tells where the
   * number of the line stands that all loads of the base go to, when that is known already.
   */
  guard(
    { claims, constants, lines }: BlockProof,
    otherwise: Label,
    lineOf: (base: number) => Local | undefined,
  ): void {
    const { body } = this;
    if (claims.size + constants.size > 0) {
      this.pushHolds(body);
      body.op('i32.eqz');
      const label = body.if(undefined, 'unlikely');
      for (const [limits, registers] of byLimits(claims)) {
        this.fold.begin();
        for (const reg of registers) this.fold.add(() => this.pushRegister(reg));
        this.fold.pushWithin(limits);
        body.op('i32.eqz');
        body.brIf(otherwise, 'unlikely');
      }
      this.constants(constants, otherwise);
      this.after(true);
      body.end(label);
    } else this.after(true);
    for (const group of lines) this.lines(group, otherwise, lineOf(group.base));
  }

  private constants(constants: Constants, otherwise: Label): void {
    const { body } = this;
    if (constants.size === 0) return;
    body.i64(0n);
    for (const [reg, value] of constants) {
      this.pushRegister(GPR + reg);
      body.i64(BigInt(value));
      body.op('i64.xor');
      body.op('i64.or');
    }
    body.i64(0n);
    body.op('i64.ne');
    body.brIf(otherwise, 'unlikely');
  }

  /** At the end of a body: whether the claims of the next block are known to hold. */
  after(holds: boolean, body = this.body): void {
    if (this.kept !== undefined) body.get(this.kept.context);
    body.i32(holds ? (this.kept?.region ?? 1) : 0);
    if (this.kept !== undefined) body.memory('i32.store', PROVED);
    else body.set(this.holds);
  }

  private pushHolds(body: Body): void {
    if (this.kept === undefined) return body.get(this.holds);
    body.get(this.kept.context);
    body.memory('i32.load', PROVED);
    body.i32(this.kept.region);
    body.op('i32.eq');
  }

  private lines(group: LoadGroup, otherwise: Label, line: Local | undefined): void {
    const { body } = this;
    if (line !== undefined) return this.ofLine(line, otherwise);
    const one = () => {
      this.pushLine(group, 0);
      body.set(this.line);
      this.ofLine(this.line, otherwise);
    };
    if (group.members.length === 1) return one();
    this.spans.forget();
    pushSpread(body, group, this.pushGeneral, this.spans);
    const apart = body.if(undefined, 'unlikely');
    for (const member of group.members.keys()) {
      this.pushLine(group, member);
      this.callLook();
      body.op('i32.eqz');
      body.brIf(otherwise, 'unlikely');
    }
    body.else();
    one();
    body.end(apart);
  }

  private pushLine(group: LoadGroup, member: number): void {
    const { body } = this;
    pushAddress(body, group.members[member], this.pushGeneral);
    body.i32(GUEST_BYTES - 1);
    body.op('i32.and');
    body.i32(LINE_SHIFT);
    body.op('i32.shr_u');
  }

  private ofLine(line: Local, otherwise: Label): void {
    const { body } = this;
    body.get(line);
    body.memory('i32.load8_u', LINES_KNOWN);
    pushSince(body);
    body.op('i32.le_u');
    const label = body.if(undefined, 'unlikely');
    body.get(line);
    this.callLook();
    body.op('i32.eqz');
    body.brIf(otherwise, 'unlikely');
    body.end(label);
  }

  /** Of the line on the stack: whether it is of class OPERAND. */
  private callLook(): void {
    pushSince(this.body);
    this.body.call(lookFunction(this.helpers));
  }
}

function pushSince(body: Body): void {
  body.i32(LINES_SINCE);
  body.memory('i32.load');
}

/** At the exit of a region: only a thread that yields comes back to where it is. */
export function suspend(body: Body, context: Local, reason: Local, prover: Prover | undefined): void {
  if (prover !== undefined) return prover.suspend(body, reason);
  body.get(context);
  body.i32(0);
  body.memory('i32.store', PROVED);
}

/** A function of the module: looks at a line unless that is known already, and notes it when it is of class OPERAND. */
function lookFunction(helpers: Helpers): number {
  return helpers.index('look at line', () => {
    const locals = new Locals(['i32', 'i32']);
    const [line, since] = locals.parameters;
    const body = new Body(locals);
    const fold = new Fold(body, helpers);
    const at = locals.add('i32');
    body.get(line);
    body.memory('i32.load8_u', LINES_KNOWN);
    body.get(since);
    body.op('i32.gt_u');
    const known = body.if('i32');
    body.i32(1);
    body.else();
    body.get(line);
    body.i32(LINE_SHIFT);
    body.op('i32.shl');
    body.set(at);
    fold.begin();
    for (let k = 0; k < QUADWORDS; k++) {
      fold.add(() => {
        body.get(at);
        body.memory('v128.load', 16 * k);
        body.v128(WORD_SWAP);
        body.op('i8x16.swizzle');
      });
    }
    fold.pushWithin(limitsOf(OPERAND));
    const good = body.if('i32');
    body.get(line);
    body.i32(ALWAYS_KNOWN);
    body.get(since);
    body.i32(1);
    body.op('i32.add');
    body.get(line);
    body.i32(LINES_STEADY);
    body.memory('i32.load');
    body.op('i32.sub');
    body.i32(LINES_STEADY);
    body.memory('i32.load', 4);
    body.op('i32.lt_u');
    body.op('select');
    body.memory('i32.store8', LINES_KNOWN);
    body.i32(1);
    body.else();
    body.i32(0);
    body.end(good);
    body.end(known);
    return { parameters: ['i32', 'i32'], results: ['i32'], body };
  });
}

/**
 * A function of the module: whether smallest and largest magnitudes lie between limits. As vectors these would be put
 * together wherever a region is entered.
 */
function withinFunction(helpers: Helpers): number {
  return helpers.index('within limits', () => {
    const locals = new Locals(['v128', 'v128', 'i32', 'i32']);
    const [low, high, least, most] = locals.parameters;
    const body = new Body(locals);
    body.get(low);
    body.get(least);
    body.op('i32x4.splat');
    body.op('i32x4.gt_u');
    body.get(high);
    body.get(most);
    body.op('i32x4.splat');
    body.op('i32x4.lt_u');
    body.op('v128.and');
    body.op('i32x4.all_true');
    return { parameters: ['v128', 'v128', 'i32', 'i32'], results: ['i32'], body };
  });
}

interface Limits {
  readonly least: number;
  readonly most: number;
}

/** Smallest (zero aside) and largest magnitude among the words of several vectors; magnitudes as bits shifted left. */
class Fold {
  private readonly low: Local;
  private readonly high: Local;
  private readonly x: Local;

  constructor(
    private readonly body: Body,
    private readonly helpers: Helpers,
  ) {
    [this.low, this.high, this.x] = Array.from({ length: 3 }, () => body.locals.add('v128'));
  }

  begin(): void {
    splat(this.body, 0xffff_ffff);
    this.body.set(this.low);
    splat(this.body, 0);
    this.body.set(this.high);
  }

  add(push: () => void): void {
    const { body, low, high, x } = this;
    push();
    body.i32(1);
    body.op('i32x4.shl');
    body.tee(x);
    body.get(high);
    body.op('i32x4.max_u');
    body.set(high);
    // Less one, so that zero is the largest of all.
    body.get(x);
    splat(body, 0xffff_ffff);
    body.op('i32x4.add');
    body.get(low);
    body.op('i32x4.min_u');
    body.set(low);
  }

  pushWithin({ least, most }: Limits): void {
    const { body } = this;
    body.get(this.low);
    body.get(this.high);
    body.i32((2 * least - 2) | 0);
    body.i32((2 * most + 1) | 0);
    body.call(withinFunction(this.helpers));
  }
}

function splat(body: Body, word: number): void {
  body.v128(Array.from({ length: 16 }, (_, k) => (word >>> (8 * (k & 3))) & 0xff));
}

function byLimits(claims: ReadonlyMap<number, NumberClass>): [Limits, number[]][] {
  const found = new Map<string, [Limits, number[]]>();
  for (const [reg, claim] of claims) {
    const limits = limitsOf(claim);
    const key = `${limits.least} ${limits.most}`;
    const group = found.get(key);
    if (group === undefined) found.set(key, [limits, [reg]]);
    else group[1].push(reg);
  }
  return [...found.values()];
}
