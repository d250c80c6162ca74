import { code, places } from './wasm/module.js';
import { moduleOf, withConstants } from './wasm-constants.js';

/** What wasm/index.ts exports; a thread is named by the address of its context. */
export interface MemoryModule {
  loadMiss(context: number, line: number, s: number): number;
  prefetch(context: number, line: number, s: number): number;
  storeBytes(context: number, address: number, size: number, s: number): number;
  zeroLine(context: number, line: number, s: number): number;
  flushLine(context: number, line: number, s: number): number;
  fetchMiss(context: number, line: number, s: number): number;
  barrier(context: number, kind: number, s: number): number;
  loadReserve(context: number, line: number, s: number): number;
  storeConditional(context: number, line: number, s: number): number;
  warmFrom(t: number): void;
  warmUntil(): number;
  warmLoad(context: number, line: number): void;
  warmMiss(context: number, line: number, t: number): number;
  warmStore(context: number, line: number): void;
  warmZero(context: number, line: number): void;
  warmFlush(context: number, line: number): void;
  warmReserve(context: number, line: number): void;
  warmFetch(context: number, line: number): void;
  // Parts, by address, for tests.
  reserve(calendar: number, t: number, length: number): number;
  occupy(occupancy: number, t: number, length: number, counter: number): number;
  earliestFree(slots: number): number;
  holdEarliest(slots: number, until: number): void;
  holdNext(slots: number, until: number): void;
  findLine(line: number): number;
  roomFor(line: number): number;
  putLine(tag: number, line: number, flags: number, t: number): void;
  touchLine(tag: number, t: number): void;
  removeLine(tag: number): void;
  readDram(line: number, t: number): number;
  writeDram(line: number, t: number): void;
  readAt(line: number, tick: number): number;
  writeAt(line: number, tick: number): void;
}

/** The memory system's code with a machine's numbers in it, over a linear memory. */
export function instantiate(
  memory: WebAssembly.Memory,
  numbers: Readonly<Record<string, number>>,
): MemoryModule {
  const { exports } = new WebAssembly.Instance(moduleOf(code, places, numbers), { env: { memory } });
  return exports as unknown as MemoryModule;
}

/** The same code as bytes. */
export function codeWith(numbers: Readonly<Record<string, number>>): Uint8Array {
  return withConstants(code, places, numbers);
}
