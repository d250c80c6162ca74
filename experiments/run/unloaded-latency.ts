import seedrandom from 'seedrandom';
import { assemble } from '../../sim/asm/assemble.js';
import type { Machine } from '../../sim/machine/resolve.js';
import { newMemory, Xenon } from '../../sim/machine/xenon.js';
import { worksFor } from './works.js';

const CODE = 0x1_0000;
const RINGS = 0x100_0000;
const RING_BYTES = 0x200_0000;
const LINE = 128;
/** Loads of a short and a long chase; their difference leaves out what begins and ends. */
const SHORT = 32;
const LONG = 288;

/** r3: the first address, r4: loads. */
const CHASE = `
chase: mtctr 4
 .balign 128
1: lwz 3,0(3)
 bdnz 1b
 mr 5,3
 sc`;

const known = new Map<string, number>();

/**
 * Cycles a load of a chase through memory takes, each address being what the load before it brought: lines in random
 * order over 32 MiB, none of them seen before, on one thread with nothing else going on. Simulated, once a machine.
 */
export function unloadedLatency(machine: Machine): number {
  const key = JSON.stringify(machine);
  let cycles = known.get(key);
  if (cycles === undefined) {
    cycles = chased(machine);
    known.set(key, cycles);
  }
  return cycles;
}

function chased(machine: Machine): number {
  const memory = newMemory();
  const works = worksFor('translated', 'detailed', memory, machine);
  const xenon = new Xenon(memory, machine, works);
  const { bytes, symbols } = assemble(CHASE, { file: 'chase.s', base: CODE });
  xenon.write(CODE, bytes);
  const view = new DataView(memory.buffer);
  const random = seedrandom('chase');
  let ring = RINGS;
  const chase = (loads: number): number => {
    const lines = new Set<number>();
    while (lines.size <= loads) lines.add(Math.floor((random() * RING_BYTES) / LINE));
    const places = [...lines].map((line) => ring + line * LINE);
    places.slice(1).forEach((next, i) => {
      view.setUint32(places[i], next);
    });
    ring += RING_BYTES;
    xenon.place(0, symbols.get('chase')!, { 3: places[0], 4: loads });
    const before = xenon.cycles([0]);
    xenon.run([0]);
    return xenon.cycles([0]) - before;
  };
  // The first one brings the code and trains the predictor.
  chase(SHORT);
  const short = chase(SHORT);
  return (chase(LONG) - short) / (LONG - SHORT);
}
