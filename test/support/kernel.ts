import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KernelCall, mismatch } from '../../models/kernels/call.js';
import { assemble } from '../../sim/asm/assemble.js';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { newMemory } from '../../sim/machine/xenon.js';

const CODE = 0x1_0000;
const DATA = 0x10_0000;
const RETURN = 0xf000;
const STACK = 0x8_0000;
const GUARD = 0xa5;

/** A guest source file of models/ by its path there. */
export const guestSource = (name: string): string =>
  readFileSync(join(process.cwd(), 'models', name), 'utf8');

/** Variants of an operation: the files `<op>.<variant>.s`. */
export function variantsOf(op: string): string[] {
  return readdirSync(join(process.cwd(), 'models/kernels'))
    .filter((file) => file.startsWith(`${op}.`) && file.endsWith('.s'))
    .map((file) => file.slice(op.length + 1, -2));
}

const memory = newMemory();
const evaluator = new Evaluator(memory.buffer);

export interface KernelOutcome {
  /** Worst expectation as a fraction of its tolerance. */
  readonly mismatch: number;
  /** Names of buffers written beyond their room (a multiple of 64 bytes). */
  readonly overruns: readonly string[];
  /** Bytes of each buffer after the call. */
  readonly after: Readonly<Record<string, Uint8Array>>;
  readonly instructions: number;
}

/** Runs one kernel call on the evaluating engine. */
export function runKernel(op: string, variant: string, call: KernelCall): KernelOutcome {
  const file = `kernels/${op}.${variant}.s`;
  return runSource(guestSource(file), file, call);
}

/** The same for source that is not in a file of models/. */
export function runSource(source: string, file: string, call: KernelCall): KernelOutcome {
  const bytes = new Uint8Array(memory.buffer);
  const view = new DataView(memory.buffer);
  const code = assemble(source, { file, base: CODE, include: guestSource });
  bytes.set(code.bytes, CODE);

  const places = new Map<string, number>();
  let next = DATA;
  for (const [name, buffer] of Object.entries(call.buffers)) {
    const address = next + (buffer.skew ?? 0);
    const end = address + room(buffer.bytes.length);
    bytes.fill(0, next, end);
    bytes.set(buffer.bytes, address);
    bytes.fill(GUARD, end, end + 128);
    places.set(name, address);
    next = (end + 128 + 127) & ~127;
  }

  const base = contextBase(0);
  bytes.fill(0x5a, base, base + CTX.crf);
  bytes.fill(0, base + CTX.crf, base + CTX.ready);
  view.setInt32(base + CTX.vscr, 0x1_0000, true);
  const set = (register: number, value: number): void => {
    view.setBigUint64(base + CTX.gpr + 8 * register, BigInt(value), true);
  };
  call.registers.forEach((operand, i) => {
    set(3 + i, typeof operand === 'number' ? operand : places.get(operand.buffer)! + (operand.offset ?? 0));
  });
  set(1, STACK);
  set(12, CODE);
  view.setBigUint64(base + CTX.lr, BigInt(RETURN), true);
  view.setBigUint64(base + CTX.pc, BigInt(CODE), true);
  for (let steps = 0; Number(view.getBigUint64(base + CTX.pc, true)) !== RETURN; steps++) {
    if (steps > 2_000_000) throw new Error(`${file} does not return`);
    const event = evaluator.step(0);
    if (event.stop)
      throw new Error(`${file} at ${(event.address - CODE).toString(16)}: ${event.stop.message}`);
  }

  const after: Record<string, Uint8Array> = {};
  const overruns: string[] = [];
  for (const [name, buffer] of Object.entries(call.buffers)) {
    const address = places.get(name)!;
    after[name] = bytes.slice(address, address + buffer.bytes.length);
    const end = address + room(buffer.bytes.length);
    if (bytes.subarray(end, end + 128).some((byte) => byte !== GUARD)) overruns.push(name);
  }
  const worst = call.expected.map((expectation) =>
    mismatch(after[expectation.buffer].subarray(expectation.offset ?? 0), expectation),
  );
  return {
    mismatch: Math.max(...worst),
    overruns,
    after,
    instructions: Number(view.getBigUint64(base + CTX.instructions, true)),
  };
}

/** Kernels may use the room up to a multiple of 64 bytes. */
const room = (length: number): number => (length + 63) & ~63;
