import seedrandom from 'seedrandom';
import type { Machine } from '../../sim/machine/resolve.js';
import { cyclesOfCall, DATA } from './loop.js';

/** Cycles a load whose address the load before it has read, one to a line of `stride` bytes, in random order. */
export function chaseCycles(machine: Machine, bytes: number, stride: number, is64: boolean): number {
  const count = bytes / stride;
  return (
    cyclesOfCall(machine, {
      file: 'chase.s',
      entry: 'chase',
      registers: [DATA, count],
      prepare(guest) {
        const view = new DataView(guest.buffer);
        const order = shuffled(count);
        order.forEach((at, i) => {
          view.setUint32(DATA + stride * at, DATA + stride * order[(i + 1) % count]);
        });
      },
      warm: 1,
      calls: 1,
      is64,
    }) / count
  );
}

/** The numbers below `count`, 0 first, the others in random order. */
export function shuffled(count: number): number[] {
  const random = seedrandom('chase');
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 1; i--) {
    const k = 1 + Math.floor(random() * i);
    [order[i], order[k]] = [order[k], order[i]];
  }
  return order;
}
