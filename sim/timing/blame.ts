import { CTX } from '../engine/context.js';
import { REGISTER_COUNT } from '../isa/registers.js';
import type { TimingClass } from '../isa/row.js';
import { LEAF } from './stall.js';

/**
 * Who is to blame for a time: the address of an instruction, a multiple of 4, and in its two low bits what about it.
 * Both timing models keep such words beside their times. 0 where nobody is known.
 */
export const BLAME = {
  /** A result after its fixed latency; of a store: its place in the queue. */
  latency: 0,
  /** Of a load: its line came from the L2 cache, or from memory. */
  l2: 1,
  dram: 2,
  /** Of a load or store that updates its base: the base. */
  loadBase: 3,
  storeBase: 2,
  /** Of an instruction in the vector queue: it holds its pipe. */
  pipe: 3,
  /** Of a store: no gather buffer was free. */
  gather: 3,
} as const;

/** The leaf of a wait for what `kind` says about an instruction of this class. */
export function leafOfBlame(timing: TimingClass, kind: number): number {
  if (timing === 'loadReserve' || timing === 'storeConditional') return LEAF.synchronisation;
  if (isStore(timing)) {
    if (kind === BLAME.storeBase) return LEAF.dependencyInteger;
    return kind === BLAME.gather ? LEAF.storeGather : LEAF.storeQueue;
  }
  if (isLoad(timing)) {
    return [LEAF.loadUse, LEAF.loadL2, LEAF.loadDram, LEAF.dependencyInteger][kind];
  }
  if (kind === BLAME.pipe) return LEAF.structural;
  if (timing.startsWith('float')) return LEAF.dependencyFloat;
  return timing.startsWith('vector') ? LEAF.dependencyVector : LEAF.dependencyInteger;
}

export const isLoad = (timing: TimingClass): boolean => timing.startsWith('load');
const isStore = (timing: TimingClass): boolean => timing.startsWith('store');

/** What is about a result of an instruction of this class: its base register, or what it computes or loads. */
export function blameOfResult(timing: TimingClass, fromMemory: boolean): number {
  if (fromMemory || timing === 'storeConditional' || timing === 'loadReserve') return BLAME.latency;
  return isLoad(timing) ? BLAME.loadBase : isStore(timing) ? BLAME.storeBase : BLAME.latency;
}

/**
 * Where an observed thread keeps such words, in its context: offsets, i32 each. Threads that are not observed leave
 * them zero.
 */
export const BLAMES = {
  /** By register: the instruction that produces it. */
  register: CTX.scratch,
  /** By entry of the vector queue's ring and of the store queue's: what the entry waits for. */
  vectorRing: CTX.scratch + 0x400,
  storeRing: CTX.scratch + 0x480,
  /** Of the youngest entry of each vector pipe, and of the youngest store. */
  arithmetic: CTX.scratch + 0x500,
  permute: CTX.scratch + 0x504,
  lastDrain: CTX.scratch + 0x508,
  /** Whether a gather buffer kept the last store waiting. */
  gathered: CTX.scratch + 0x50c,
  /** The address of the instruction that last looked into the L1 cache. */
  asking: CTX.scratch + 0x510,
  /** By entry of the table of recent stores: the store. */
  storeTable: CTX.scratch + 0x600,
} as const;

if (4 * REGISTER_COUNT > BLAMES.vectorRing - BLAMES.register)
  throw new Error('context layout: blames of registers overlap the rings');
