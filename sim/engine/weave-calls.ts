import { BARRIERS, type MemorySystem } from '../memory/system.js';
import { threadOf } from './context.js';

/** The functions that woven code imports (WOVEN_IMPORTS), over a memory system; a thread is named by its context. */
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
