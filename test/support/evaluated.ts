import type { ExecutionContext } from 'ava';
import { caseRegister, clearContext } from '../../sim/engine/conform-registers.js';
import { CTX, contextBase, GUEST_BYTES, MEMORY_BYTES } from '../../sim/engine/context.js';
import { Evaluator, type EvaluatorOptions } from '../../sim/engine/evaluate.js';
import type { Event } from '../../sim/engine/event.js';
import { encodeRow } from '../../sim/isa/fields.js';
import { byName } from '../../sim/isa/table.js';

/* A few instructions under the evaluator, from given registers and memory. */

export type Registers = Readonly<Record<string, bigint | number>>;
export type Code = readonly [name: string, operands: Readonly<Record<string, number>>];

export const memory = new ArrayBuffer(MEMORY_BYTES);
export const view = new DataView(memory);
export const CODE = 0x8000_0000;
export const DATA = 0x9000_1000;
export const physical = (ea: number) => ea & (GUEST_BYTES - 1);
const register = (name: string) => caseRegister(name)!;
export const get = (name: string) => register(name).get(view, contextBase(0));

/** Runs a few instructions from these registers; gives the events. */
export function run(code: readonly Code[], before: Registers, options: EvaluatorOptions = {}): Event[] {
  clearContext(memory, 0);
  for (const [name, value] of Object.entries(before)) register(name).set(view, contextBase(0), BigInt(value));
  code.forEach(([name, operands], i) => {
    view.setUint32(physical(CODE) + 4 * i, encodeRow(byName(name), operands));
  });
  view.setBigUint64(contextBase(0) + CTX.pc, BigInt(CODE), true);
  const cpu = new Evaluator(memory, options);
  return code.map(() => cpu.step(0));
}

export function gives(
  t: ExecutionContext,
  code: Code,
  before: Registers,
  after: Registers,
  options: EvaluatorOptions = {},
) {
  run([code], before, options);
  for (const [name, value] of Object.entries(after)) {
    const digits = (bits: bigint | number) => bits.toString(16);
    t.is(digits(get(name)), digits(value), `${code[0]} ${name}`);
  }
}

export const wide = { sf: true };
export const narrow = { sf: false };
export const ONES = 0xffff_ffff_ffff_ffffn;
export const bytesAt = (ea: number, count: number) =>
  Buffer.from(memory, physical(ea), count).toString('hex');
export const put = (ea: number, hexBytes: string) =>
  new Uint8Array(memory).set(Buffer.from(hexBytes, 'hex'), physical(ea));
