import type { Engine } from '../machine/scheduler.js';
import type { InstructionCase } from './conform-cases.js';
import { type CaseRegister, caseRegister, clearContext } from './conform-registers.js';
import { CTX, contextBase, GUEST_BYTES } from './context.js';
import { Evaluator, type Mapped } from './evaluate.js';
import type { Stop } from './event.js';

/** Runs instruction cases on an engine and compares what they leave with what they must leave. */

/** Why a run ended: the code returned to `until`, an instruction stopped it, or the limit was reached. */
export type RunEnd = { readonly kind: 'returned' } | { readonly kind: 'limit' } | Stop;

export interface RunRequest {
  readonly sf: boolean;
  /** Addresses at which the run is over: arriving there by a branch is the return. */
  readonly until: readonly number[];
  /** Most instructions to execute. */
  readonly limit: number;
  /** Physical byte ranges that exist, end excluded. */
  readonly mapped: readonly (readonly [from: number, to: number])[];
}

/**
 * An engine under test: the linear memory of context.ts, and a run of one thread from the pc in its context.
 */
export interface ConformEngine {
  readonly name: string;
  /** Whether FPSCR's status bits are kept; if not, only its control bits are compared. */
  readonly keepsFloatStatus: boolean;
  readonly memory: ArrayBufferLike;
  run(thread: number, request: RunRequest): RunEnd;
}

export interface Difference {
  /** A register, `memory 0x...`, or `end`. */
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
}

export interface CaseResult {
  readonly name: string;
  readonly outcome: 'agree' | 'differ' | 'unsupported';
  readonly differences: readonly Difference[];
  /** Why it is unsupported. */
  readonly reason?: string;
}

export interface ConformResult {
  readonly cases: readonly CaseResult[];
  readonly agree: number;
  readonly differ: number;
  readonly unsupported: number;
}

const RETURN_ADDRESS = 0xbcbc_bcbcn;
const WINDOW = 0x1000_0000;
const WINDOW_BYTES = 0x1_0000;
const LIMIT = 1_000_000;
const THREAD = 0;

/** The evaluating engine over this memory, keeping FPSCR's status bits. */
export function evaluateEngine(memory: ArrayBufferLike): ConformEngine {
  return {
    name: 'evaluate',
    keepsFloatStatus: true,
    memory,
    run(thread, { sf, until, limit, mapped }) {
      const exists = (at: number, size: number) => mapped.some(([from, to]) => at >= from && at + size <= to);
      const cpu = new Evaluator(memory, { sf, floatStatus: true, mapped: exists });
      for (let n = 0; n < limit; n++) {
        const event = cpu.step(thread);
        if (event.stop !== undefined) return event.stop;
        if (event.branch?.taken && until.includes(event.next)) return { kind: 'returned' };
      }
      return { kind: 'limit' };
    },
  };
}

/** An engine that is made for a mode and for what is mapped, such as the translating one. */
export type MakeEngine = (sf: boolean, mapped: Mapped) => Engine;

/** Any engine whose deadline counts instructions; the return address must not be mapped. */
export function countingEngine(memory: ArrayBufferLike, name: string, make: MakeEngine): ConformEngine {
  const view = new DataView(memory);
  return {
    name,
    keepsFloatStatus: false,
    memory,
    run(thread, { sf, until, limit, mapped }) {
      const exists = (at: number, size: number) => mapped.some(([from, to]) => at >= from && at + size <= to);
      const engine = make(sf, exists);
      for (;;) {
        const exit = engine.run(thread, limit);
        const end = exit.kind === 'sync' ? engine.runSync(thread) : exit;
        const pc = view.getUint32(contextBase(thread) + CTX.pc, true);
        if (end.kind === 'systemCall') return { kind: 'systemCall', message: 'system call' };
        if (end.kind === 'stop' && end.reason === 'fault' && until.includes(pc)) return { kind: 'returned' };
        if (end.kind === 'stop') return { kind: end.reason, message: end.message };
        if (view.getBigUint64(contextBase(thread) + CTX.instructions, true) >= BigInt(limit))
          return { kind: 'limit' };
      }
    },
  };
}

export function runCases(cases: readonly InstructionCase[], engine: ConformEngine): ConformResult {
  const results = cases.map((one) => runCase(one, engine));
  const count = (outcome: CaseResult['outcome']) => results.filter((r) => r.outcome === outcome).length;
  return {
    cases: results,
    agree: count('agree'),
    differ: count('differ'),
    unsupported: count('unsupported'),
  };
}

/** The command's last line. */
export const summary = ({ agree, differ, unsupported }: ConformResult): string =>
  `agree ${agree}, differ ${differ}, unsupported ${unsupported}`;

/** One line a difference or reason, for the screen. */
export function describe({ name, outcome, differences, reason }: CaseResult): string[] {
  if (outcome === 'unsupported') return [`${name}: unsupported: ${reason}`];
  return differences.map(
    ({ what, expected, actual }) => `${name}: ${what} expected ${expected}, got ${actual}`,
  );
}

export function runCase(one: InstructionCase, engine: ConformEngine): CaseResult {
  const unsupported = (reason: string): CaseResult => ({
    name: one.name,
    outcome: 'unsupported',
    differences: [],
    reason,
  });
  const problem = unsupportedReason(one);
  if (problem !== undefined) return unsupported(problem);

  const ranges = place(one, engine.memory);
  const lr = caseRegister('lr')!.get(new DataView(engine.memory), contextBase(THREAD));
  const until = [RETURN_ADDRESS, lr & ~3n].map((address) => Number(address & 0xffff_ffffn));
  const end = engine.run(THREAD, { sf: one.mode === 64, until, limit: LIMIT, mapped: ranges });
  if (end.kind === 'illegal') {
    clean(ranges, engine.memory);
    return unsupported(end.message);
  }
  const differences = [...endDifference(one, end), ...stateDifferences(one, engine)];
  clean(ranges, engine.memory);
  return { name: one.name, outcome: differences.length === 0 ? 'agree' : 'differ', differences };
}

function unsupportedReason(one: InstructionCase): string | undefined {
  const names = [...Object.keys(one.regs_in), ...Object.keys(one.regs_out), ...one.f_by_value];
  const unknown = names.find((name) => caseRegister(name) === undefined);
  if (unknown !== undefined) return `unknown register ${unknown}`;
  for (const [name, digits] of [...Object.entries(one.regs_in), ...Object.entries(one.regs_out)]) {
    const { bits } = caseRegister(name)!;
    if (BigInt(`0x${digits}`) >> BigInt(bits) !== 0n) return `${name} = ${digits} is wider than ${bits} bits`;
  }
  const expects = Object.keys(one.regs_out).length + one.mem_out.length > 0 || one.trap;
  return expects ? undefined : 'expects nothing';
}

type Range = readonly [from: number, to: number];

const physical = (address: string): number => Number(BigInt(`0x${address}`) & BigInt(GUEST_BYTES - 1));

/** Puts code, memory and registers in place; gives the physical ranges that exist for this case. */
function place(one: InstructionCase, memory: ArrayBufferLike): Range[] {
  const view = new DataView(memory);
  const code = physical(one.addr);
  const ranges: Range[] = [
    [WINDOW, WINDOW + WINDOW_BYTES],
    [code, code + 4 * one.words.length],
  ];
  clean(ranges, memory);
  for (const { addr, bytes } of one.mem_in) {
    const at = physical(addr);
    ranges.push([at, at + bytes.length / 2]);
    new Uint8Array(memory).set(bytesOfHex(bytes), at);
  }
  one.words.forEach((word, i) => {
    view.setUint32(code + 4 * i, Number.parseInt(word, 16));
  });
  clearContext(memory, THREAD);
  const base = contextBase(THREAD);
  const set = (name: string, value: bigint) => caseRegister(name)!.set(view, base, value);
  set('lr', RETURN_ADDRESS);
  // xer holds ca as well: it goes first, so that a ca of its own stands.
  const names = Object.keys(one.regs_in).sort((a, b) => Number(b === 'xer') - Number(a === 'xer'));
  for (const name of names) set(name, BigInt(`0x${one.regs_in[name]}`));
  view.setBigUint64(base + CTX.pc, BigInt(`0x${one.addr}`) & 0xffff_ffffn, true);
  return ranges;
}

function clean(ranges: readonly Range[], memory: ArrayBufferLike): void {
  for (const [from, to] of ranges) new Uint8Array(memory, from, to - from).fill(0);
}

const bytesOfHex = (digits: string): number[] =>
  (digits.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));

function endDifference(one: InstructionCase, end: RunEnd): Difference[] {
  const expected = one.trap ? 'trap' : 'returned';
  if (end.kind === expected) return [];
  const actual = 'message' in end ? `${end.kind} (${end.message})` : end.kind;
  return [{ what: 'end', expected, actual }];
}

/** The bits of FPSCR that programs set: enables, NI, RN. */
const FPSCR_CONTROL = 0xffn;

function stateDifferences(one: InstructionCase, { memory, keepsFloatStatus }: ConformEngine): Difference[] {
  const view = new DataView(memory);
  const differences: Difference[] = [];
  for (const [name, digits] of Object.entries(one.regs_out)) {
    const register = caseRegister(name)!;
    const compared = name === 'fpscr' && !keepsFloatStatus ? FPSCR_CONTROL : -1n;
    const expected = BigInt(`0x${digits}`) & compared;
    const actual = register.get(view, contextBase(THREAD)) & compared;
    if (expected === actual) continue;
    if (one.f_by_value.includes(name) && sameNumber(expected, actual)) continue;
    differences.push({ what: name, expected: padded(expected, register), actual: padded(actual, register) });
  }
  for (const { addr, bytes } of one.mem_out) {
    const found = new Uint8Array(memory, physical(addr), bytes.length / 2);
    const actual = Array.from(found, (byte) => byte.toString(16).padStart(2, '0')).join('');
    const expected = bytes.toLowerCase();
    if (expected !== actual) differences.push({ what: `memory 0x${addr}`, expected, actual });
  }
  return differences;
}

const padded = (value: bigint, { bits }: CaseRegister): string =>
  value.toString(16).padStart(Math.ceil(bits / 4), '0');

/** Equal as numbers: either zero equals the other, any NaN any NaN. */
function sameNumber(a: bigint, b: bigint): boolean {
  const pair = new Float64Array(new BigUint64Array([a, b]).buffer);
  return pair[0] === pair[1] || (Number.isNaN(pair[0]) && Number.isNaN(pair[1]));
}
