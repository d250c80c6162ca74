import seedrandom from 'seedrandom';
import type { Machine } from '../../sim/machine/resolve.js';
import { shuffled } from './chase.js';
import { cyclesOfCall, DATA, type LoopRun } from './loop.js';

/** Loops that stand for programs which are not public: one of each class, the same code on every machine. */
const SLOT = 0x40_0000;
const slot = (n: number): number => DATA + n * SLOT;

export type StandIn =
  | 'integer'
  | 'floating'
  | 'stream'
  | 'monte'
  | 'integral'
  | 'stencil'
  | 'image'
  | 'daxpy';

/** Bytes between nodes of the list that the integer mix goes along. */
const NODE_BYTES = 64;
const NODES = 4096;
const STEPS = 6000;

/** Lists of 256 KiB, one for each hardware thread, and 256 bytes of text. */
function lists(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer);
  for (let thread = 0; thread < 6; thread++) {
    const order = shuffled(NODES);
    order.forEach((at, i) => {
      const node = slot(thread) + NODE_BYTES * at;
      view.setUint32(node, slot(thread) + NODE_BYTES * order[(i + 1) % NODES]);
      view.setUint32(node + 4, (at * 40503) & 0xffff);
    });
  }
  for (let i = 0; i < 256; i++) bytes[DATA - 256 + i] = 32 + ((i * 37) % 64);
}

/** The integer mix on these threads, a thread's share of steps as told. */
export const integerMix = (machine: Machine, threads: readonly number[], share = (_: number) => 1): number =>
  cyclesOfCall(machine, {
    file: 'stand-ins.s',
    entry: 'integer',
    registers: (thread) => [slot(thread), Math.round(STEPS * share(thread)), DATA - 256, 0x1234],
    prepare: lists,
    threads,
    warm: 1,
    calls: 1,
    is64: true,
  });

/** Pixels of 8 KiB in and out for each thread. */
export const image = (machine: Machine, threads: readonly number[]): number =>
  cyclesOfCall(machine, {
    file: 'stand-ins.s',
    entry: 'image',
    // Buffers of two threads lie side by side, not on the same sets.
    registers: (thread) => [DATA + thread * 0x2000, DATA + 0x8000 + thread * 0x2000, 256],
    threads,
    warm: 2,
    calls: 4,
    is64: true,
  });

function doubles(count: number): (bytes: Uint8Array) => void {
  return (bytes) => {
    const view = new DataView(bytes.buffer);
    for (let array = 0; array < 3; array++)
      for (let i = 0; i < count; i++) view.setFloat64(slot(array) + 8 * i, 1 + (i % 7) / 8);
  };
}

const STREAM_DOUBLES = 150_000;
const ELEMENTS = 1000;
const [COLUMNS, ROWS] = [500, 60];

const RUNS: Readonly<Record<Exclude<StandIn, 'integer' | 'image'>, Omit<LoopRun, 'file' | 'entry'>>> = {
  floating: {
    registers: [slot(0), slot(1), ELEMENTS],
    floats: [1 / 64],
    prepare: doubles(ELEMENTS),
    warm: 2,
    calls: 4,
  },
  stream: {
    registers: [slot(0), slot(1), slot(2), STREAM_DOUBLES],
    floats: [3],
    prepare: doubles(STREAM_DOUBLES),
    warm: 0,
    calls: 1,
  },
  monte: {
    registers: [slot(0), 4000],
    floats: [0, 1],
    prepare(bytes) {
      const view = new DataView(bytes.buffer);
      const random = seedrandom('monte');
      for (let i = 0; i < 128; i++) view.setFloat64(slot(0) + 8 * i, random());
    },
    warm: 1,
    calls: 1,
  },
  integral: { registers: [0, 4000], floats: [0, 1 / 4000, 1, 4], warm: 1, calls: 1 },
  stencil: {
    registers: [slot(0) + 8 * COLUMNS + 8, slot(1), COLUMNS, ROWS],
    floats: [-4],
    prepare: doubles((COLUMNS + 2) * (ROWS + 3)),
    warm: 1,
    calls: 1,
  },
  daxpy: {
    registers: [slot(0), slot(1), ELEMENTS],
    floats: [0.5],
    prepare: doubles(ELEMENTS),
    warm: 2,
    calls: 4,
  },
};

/** Seconds of a stand-in on a machine. */
export function secondsOf(machine: Machine, name: StandIn): number {
  if (name === 'integer') return integerMix(machine, [0]) / machine.clock;
  if (name === 'image') return image(machine, [0]) / machine.clock;
  return (
    cyclesOfCall(machine, { file: 'stand-ins.s', entry: name, is64: true, ...RUNS[name] }) / machine.clock
  );
}

/** Floating-point operations of the daxpy stand-in. */
export const DAXPY_FLOPS = 2 * ELEMENTS;

/** The same machine at another clock: memory as far away in time; `busFollows`: a bus that runs at a part of the clock. */
export function atClock(machine: Machine, hertz: number, busFollows: boolean): Machine {
  const scale = hertz / machine.clock;
  const bus = busFollows ? machine.bus.readBandwidth : machine.bus.readBandwidth / scale;
  return {
    ...machine,
    clock: hertz,
    bus: { ...machine.bus, readBandwidth: bus, writeBandwidth: bus },
    memory: { ...machine.memory, latencyCycles: machine.memory.latencyCycles * scale },
    plainMemory: { ...machine.plainMemory, storeMissCycles: machine.plainMemory.storeMissCycles * scale },
  };
}
