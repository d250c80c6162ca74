import seedrandom from 'seedrandom';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { applyOverrides } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';
import { type Machine, resolve } from '../../sim/machine/resolve.js';
import { newMemory } from '../../sim/machine/xenon.js';
import { type CountedMemorySystem, newMemorySystem } from '../../sim/memory/hierarchy.js';
import { findInL1 } from '../../sim/memory/l1.js';
import { L1_FILL, L1_LAST_USE } from '../../sim/memory/wasm/l1-set.js';

/** A memory system by itself, with the core's side of the interface: L1 lookup and the accepted time. */
export interface Bench {
  readonly machine: Machine;
  readonly memory: CountedMemorySystem;
  readonly i32: Int32Array;
  /** A load of a line at `s`: L1 hit or miss. Returns the slot it issued in and when the line is there. */
  load(core: number, line: number, s: number): { issued: number; ready: number };
  holds(core: number, line: number): boolean;
}

let shared: WebAssembly.Memory | undefined;

/** A linear memory that the tests of a file share (they run one after the other). */
export function sharedMemory(): WebAssembly.Memory {
  shared ??= newMemory();
  return shared;
}

/** Builds one over the shared memory. */
export function bench(...overrides: string[]): Bench {
  const machine = resolve('test', applyOverrides(presetNamed('xbox360'), overrides));
  const memory = newMemorySystem(sharedMemory(), machine);
  const i32 = new Int32Array(sharedMemory().buffer);
  return {
    machine,
    memory,
    i32,
    load(core, line, s) {
      const tag = findInL1(i32, core, line);
      if (tag !== 0) {
        i32[(tag + L1_LAST_USE) >> 2] = s;
        return { issued: s, ready: Math.max(s + 4, i32[(tag + L1_FILL) >> 2]) };
      }
      const thread = 2 * core;
      const fill = memory.loadMiss(core, thread, line, s);
      return { issued: i32[(contextBase(thread) + CTX.acceptedAt) >> 2], ready: Math.max(s + 4, fill) };
    },
    holds: (core, line) => findInL1(i32, core, line) !== 0,
  };
}

/** GB/s of `lines` lines in `slots` half-cycles. */
export const gigabytesPerSecond = (lines: number, slots: number): number =>
  (lines * 128) / ((slots / 6.4e9) * 1e9);

/** Asserts helper: whether a value is within a share of another. */
export const near = (value: number, expected: number, share: number): boolean =>
  Math.abs(value - expected) <= share * expected;

/** A deterministic stream of numbers, 0 to 2^31 - 1. */
export function randoms(seed: number): () => number {
  const random = seedrandom.alea(String(seed));
  return () => random.int32() >>> 1;
}
