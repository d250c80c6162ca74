import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Assembled, assemble } from '../../sim/asm/assemble.js';
import { CTX, contextBase } from '../../sim/engine/context.js';
import type { Machine } from '../../sim/machine/resolve.js';
import { newMemory, Xenon } from '../../sim/machine/xenon.js';
import { packageRoot } from '../node/package.js';
import { type EngineName, worksFor } from '../run/works.js';

const CODE = 0x1_0000;
/** Where a loop returns to: a system call, which ends the thread. */
const RETURN = 0xf000;
const SYSTEM_CALL = 0x4400_0002;
const STACK = 0xd_0000;
const STACK_BYTES = 0x4000;
/** From here on memory is the loop's. */
export const DATA = 0x10_0000;

/** A loop of experiments/validate/loops. */
export interface LoopRun {
  readonly file: string;
  /** Label of the routine to call. */
  readonly entry: string;
  /** r3 and on, or what gives them call by call to each thread. */
  readonly registers: readonly number[] | ((thread: number) => readonly number[]);
  /** Hardware threads that run it side by side; without it the first alone. */
  readonly threads?: readonly number[];
  /** f1 and on. */
  readonly floats?: readonly number[];
  /** Puts the loop's data into guest memory. */
  readonly prepare?: (bytes: Uint8Array) => void;
  /** Calls before the measured ones, and how many those are. */
  readonly warm: number;
  readonly calls: number;
  /** 64-bit code; the older machines ran 32-bit code. */
  readonly is64?: boolean;
}

const assembled = new Map<string, Assembled>();

function codeOf(file: string): Assembled {
  let code = assembled.get(file);
  if (code === undefined) {
    const path = join(packageRoot, 'experiments/validate/loops', file);
    code = assemble(readFileSync(path, 'utf8'), { file, base: CODE });
    assembled.set(file, code);
  }
  return code;
}

let shared: WebAssembly.Memory | undefined;

/** The one memory that all rows run in, one after the other. */
export function loopMemory(): WebAssembly.Memory {
  shared ??= newMemory();
  return shared;
}

/** CPU cycles of one call, on average over the measured ones; of several threads until the last has ended. */
export function cyclesOfCall(machine: Machine, run: LoopRun, engine: EngineName = 'translated'): number {
  const memory = loopMemory();
  const code = codeOf(run.file);
  const entry = code.labels.get(run.entry);
  if (entry === undefined) throw new RangeError(`${run.file} has no label ${run.entry}`);
  const xenon = new Xenon(
    memory,
    machine,
    worksFor(engine, 'detailed', memory, machine, { sf: run.is64 === true, hot: 2 }),
  );
  const view = new DataView(memory.buffer);
  xenon.bytes.fill(0, 0, DATA);
  xenon.write(CODE, code.bytes);
  view.setUint32(RETURN, SYSTEM_CALL);
  run.prepare?.(xenon.bytes);
  const threads = run.threads ?? [0];
  const place = (thread: number) => {
    const registers: Record<number, number> = { 1: STACK - thread * STACK_BYTES };
    const values = typeof run.registers === 'function' ? run.registers(thread) : run.registers;
    values.forEach((value, i) => {
      registers[3 + i] = value;
    });
    xenon.place(thread, entry, registers);
    view.setBigInt64(contextBase(thread) + CTX.lr, BigInt(RETURN), true);
    run.floats?.forEach((value, i) => {
      view.setFloat64(contextBase(thread) + CTX.fpr + 8 * (i + 1), value, true);
    });
  };
  const call = () => {
    threads.forEach(place);
    xenon.run(threads);
  };
  for (let i = 0; i < run.warm; i++) call();
  const before = xenon.cycles(threads);
  for (let i = 0; i < run.calls; i++) call();
  return (xenon.cycles(threads) - before) / run.calls;
}
