import { contextBase } from '../engine/context.js';
import { findInL1 } from '../memory/l1.js';
import type { MemorySystem } from '../memory/system.js';
import { L1_SOURCE } from '../memory/wasm/l1-set.js';
import { BLAME, BLAMES } from './blame.js';

/** An L1 miss that brings a line: who asks, which line, whether it is awaited from memory, asked and filled when. */
export interface LineMiss {
  readonly pc: number;
  readonly thread: number;
  readonly line: number;
  readonly isFromDram: boolean;
  /** Half-cycles. */
  readonly s: number;
  readonly fill: number;
}

/**
 * A memory system that leaves word of what it did where observers look: beside each L1 line where it came from, and
 * in the thread's context whether its last store waited for a gather buffer. `awaited` counts the lines that L1
 * misses have had to wait for from memory, those included that others had asked for. `missed` is told of each L1
 * miss that brings a line.
 */
export function sourcedMemory(
  memory: MemorySystem,
  buffer: ArrayBufferLike,
  awaited: () => number,
  missed: (miss: LineMiss) => void = () => {},
): MemorySystem {
  const i32 = new Int32Array(buffer);
  const noted = (how: 'loadMiss' | 'prefetch', core: number, thread: number, line: number, s: number) => {
    const before = awaited();
    const fill = memory[how](core, thread, line, s);
    const tag = findInL1(i32, core, line);
    if (tag === 0) return fill;
    const isFromDram = awaited() !== before;
    i32[(tag + L1_SOURCE) >> 2] = isFromDram ? BLAME.dram : BLAME.l2;
    const pc = i32[(contextBase(thread) + BLAMES.asking) >> 2] >>> 0;
    missed({ pc, thread, line, isFromDram, s, fill });
    return fill;
  };
  return {
    loadMiss: (core, thread, line, s) => noted('loadMiss', core, thread, line, s),
    prefetch: (core, thread, line, s) => noted('prefetch', core, thread, line, s),
    store(core, thread, address, size, s) {
      const drained = memory.store(core, thread, address, size, s);
      i32[(contextBase(thread) + BLAMES.gathered) >> 2] = drained > s ? 1 : 0;
      return drained;
    },
    zeroLine: (core, thread, line, s) => memory.zeroLine(core, thread, line, s),
    flushLine: (core, thread, line, s) => memory.flushLine(core, thread, line, s),
    fetchMiss: (core, thread, line, s) => memory.fetchMiss(core, thread, line, s),
    crowdedUntil: memory.crowdedUntil,
    sync: (core, thread, kind, s) => memory.sync(core, thread, kind, s),
    loadReserve: (core, thread, line, s) => memory.loadReserve(core, thread, line, s),
    storeConditional: (core, thread, line, s) => memory.storeConditional(core, thread, line, s),
    rebase: (delta) => memory.rebase(delta),
    reset: () => memory.reset(),
  };
}

/** Where the line came from that a core's L1 cache holds or awaits; any other is taken to be memory's. */
export function sourceOf(i32: Int32Array, core: number, line: number): number {
  const tag = findInL1(i32, core, line);
  return tag === 0 ? BLAME.dram : i32[(tag + L1_SOURCE) >> 2];
}
