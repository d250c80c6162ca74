import type { GuestProgram } from '../../models/program.js';
import type { GuestMachine } from './guest-machine.js';
import { readCycles } from './stream.js';

/** How long loading has taken. */
export interface Loading {
  /** From its start until the device has read the file, and until the first forward pass can begin. */
  readonly readCycles: number;
  readonly cycles: number;
  /** Of which the guest has converted weights. */
  readonly convertCycles: number;
}

export const NOT_LOADED: Loading = { readCycles: 0, cycles: 0, convertCycles: 0 };

/** Reads the file at the device's rate, then converts the weights in the guest where the strategy asks for it. */
export function load(guest: GuestMachine, program: GuestProgram): Loading {
  const { bytes, machine } = guest;
  let cycles = 0;
  let convertCycles = 0;
  program.load(bytes);
  if (program.loads) {
    program.startLoad(bytes);
    // What is read while earlier pieces are converted has arrived when it is wanted, or is waited for.
    for (const arrived of program.loadStages) {
      const before = guest.cycles();
      guest.runThreads('converting weights');
      const spent = guest.cycles() - before;
      convertCycles += spent;
      cycles = Math.max(cycles, readCycles(machine, arrived)) + spent;
    }
  }
  const all = readCycles(machine, program.fileBytes);
  return { readCycles: all, cycles: Math.max(cycles, all), convertCycles };
}
