import { BARRIERS, type MemorySystem } from '../memory/system.js';
import { threadOf } from './context.js';
import type { ImportedFunction } from './wasm/builder.js';

/** What woven code calls; a thread is named by the address of its context. In the order of the indices below. */
export const WOVEN_IMPORTS: readonly ImportedFunction[] = [
  { name: 'loadMiss', parameters: ['i32', 'i32', 'i32'], results: ['i32'] },
  { name: 'store', parameters: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] },
  { name: 'zeroLine', parameters: ['i32', 'i32', 'i32'], results: ['i32'] },
  { name: 'flushLine', parameters: ['i32', 'i32', 'i32'], results: ['i32'] },
  { name: 'prefetch', parameters: ['i32', 'i32', 'i32'], results: ['i32'] },
  { name: 'fetchMiss', parameters: ['i32', 'i32', 'i32'], results: ['i32'] },
  { name: 'loadReserve', parameters: ['i32', 'i32', 'i32'], results: ['i32'] },
  { name: 'storeConditional', parameters: ['i32', 'i32', 'i32'], results: ['i32'] },
  { name: 'sync', parameters: ['i32', 'i32', 'i32'], results: ['i32'] },
];
export const [LOAD_MISS, STORE, ZERO_LINE, FLUSH_LINE, PREFETCH, FETCH_MISS] = [0, 1, 2, 3, 4, 5];
export const [LOAD_RESERVE, STORE_CONDITIONAL, SYNC] = [6, 7, 8];

/** These functions over a memory system. */
export function wovenCalls(memory: MemorySystem): Record<string, (...values: number[]) => number> {
  const { module } = memory;
  if (module !== undefined) {
    const { loadMiss, prefetch, storeBytes, zeroLine, flushLine, fetchMiss } = module;
    const { loadReserve, storeConditional, barrier } = module;
    const accesses = { loadMiss, prefetch, store: storeBytes, zeroLine, flushLine, fetchMiss };
    return { ...accesses, loadReserve, storeConditional, sync: barrier };
  }
  return {
    sync(context, kind, s) {
      const thread = threadOf(context);
      return memory.sync(thread >> 1, thread, BARRIERS[kind], s);
    },
    loadReserve(context, line, s) {
      const thread = threadOf(context);
      return memory.loadReserve(thread >> 1, thread, line, s);
    },
    storeConditional(context, line, s) {
      const thread = threadOf(context);
      return memory.storeConditional(thread >> 1, thread, line, s);
    },
    loadMiss(context, line, s) {
      const thread = threadOf(context);
      return memory.loadMiss(thread >> 1, thread, line, s);
    },
    prefetch(context, line, s) {
      const thread = threadOf(context);
      return memory.prefetch(thread >> 1, thread, line, s);
    },
    store(context, address, size, s) {
      const thread = threadOf(context);
      return memory.store(thread >> 1, thread, address, size, s);
    },
    zeroLine(context, line, s) {
      const thread = threadOf(context);
      return memory.zeroLine(thread >> 1, thread, line, s);
    },
    flushLine(context, line, s) {
      const thread = threadOf(context);
      return memory.flushLine(thread >> 1, thread, line, s);
    },
    fetchMiss(context, line, s) {
      const thread = threadOf(context);
      return memory.fetchMiss(thread >> 1, thread, line, s);
    },
  };
}
