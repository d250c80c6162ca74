import type { Checkpoint } from '../../models/checkpoint/tensors.js';
import { bumpAllocator } from '../../models/memory.js';
import { buildProgram, type GuestProgram, type ProgramRequest } from '../../models/program.js';
import { FunctionalMachine } from './functional.js';
import { guestSource } from './kernel.js';

/** A guest program with vector kernels on one thread, 16 positions, greedy, unless asked otherwise. */
export function programOf(checkpoint: Checkpoint, request: Partial<ProgramRequest> = {}): GuestProgram {
  return buildProgram({
    checkpoint,
    sources: guestSource,
    kernels: { variant: 'vmx128', ops: {} },
    endian: 'offline',
    threads: 1,
    context: 16,
    sampling: { temperature: 0, topP: 0.9, seed: 1n },
    addressBase: 0x8000_0000,
    allocate: bumpAllocator(0x1_0000, 0x1e00_0000),
    ...request,
  });
}

export const machineOf = (checkpoint: Checkpoint, request: Partial<ProgramRequest> = {}): FunctionalMachine =>
  new FunctionalMachine(programOf(checkpoint, request));

/** Largest difference of two rows of logits. */
export const worstOf = (found: Float32Array, wanted: Float32Array): number =>
  found.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i])), 0);
