import type { Machine } from '../../sim/machine/resolve.js';
import { cyclesOfCall, DATA } from './loop.js';
import { type Figure, type Row, within } from './row.js';

/** Row 11: what the Linux kernel measures at boot, on two G4. */
const PAGE = 4096;
/** Addresses of the pages. */
const POINTERS = 0xe_0000;
const MIB = 2 ** 20;

/** MiB of data a second: pages of data and two of syndromes, one behind the other. */
function syndromes(machine: Machine, file: string, entry: string, dataPages: number): number {
  const pages = dataPages + 2;
  const cycles = cyclesOfCall(machine, {
    file,
    entry,
    registers: [pages, PAGE, POINTERS],
    prepare(bytes) {
      const view = new DataView(bytes.buffer);
      for (let i = 0; i < pages; i++) {
        view.setUint32(POINTERS + 4 * i, DATA + PAGE * i);
        for (let k = 0; k < PAGE; k++) bytes[DATA + PAGE * i + k] = (i * k + (k >> 3)) & 255;
      }
    },
    warm: 2,
    calls: 4,
  });
  return (dataPages * PAGE * (machine.clock / cycles)) / MIB;
}

/** 1e6 bytes of one buffer a second. */
function xor(machine: Machine, entry: string): number {
  const cycles = cyclesOfCall(machine, {
    file: 'xor.s',
    entry,
    registers: [PAGE, DATA, DATA + PAGE],
    prepare: (bytes) => bytes.fill(0x5a, DATA, DATA + 2 * PAGE),
    warm: 2,
    calls: 8,
  });
  return (PAGE * (machine.clock / cycles)) / 1e6;
}

interface Machine11 {
  readonly label: string;
  readonly preset: string;
  readonly percent: number;
  readonly dataPages: number;
  /** Which compiler's loops: the suffix of their files. */
  readonly compiler: '' | '-old';
  readonly altivec: readonly number[];
  /** By columns; the dozen names those of `judgedIntegers`. */
  readonly integer: Readonly<Record<number, number>>;
  readonly judgedIntegers: readonly number[];
  readonly xor: Readonly<Record<string, number>>;
  /** What a MB of the kernel's xor figures is in 1e6 bytes. */
  readonly megabyte: number;
}

const MACHINES: readonly Machine11[] = [
  {
    label: '7455',
    preset: 'powermac-g4',
    percent: 8,
    dataPages: 6,
    compiler: '',
    altivec: [3351, 3461, 3473, 3380],
    integer: { 1: 764, 2: 961, 4: 1026, 8: 736 },
    judgedIntegers: [4],
    xor: { scalar: 1329, altivec: 4874 },
    megabyte: 1,
  },
  {
    label: '667 MHz',
    preset: 'powerbook-g4-667',
    percent: 15,
    dataPages: 16,
    compiler: '-old',
    altivec: [849, 1110, 1373, 1124],
    integer: { 1: 208, 2: 278, 4: 373, 8: 216 },
    judgedIntegers: [1, 2, 4, 8],
    xor: { regs8: 559, regs32: 622 },
    megabyte: 1.024,
  },
];

function figuresOf({ label, preset, percent, dataPages, altivec, integer, ...m }: Machine11): Figure[] {
  const figure = (
    name: string,
    unit: string,
    measured: number,
    simulate: (m: Machine) => number,
    judged = true,
  ): Figure => ({
    name: `${label} ${name}`,
    judged,
    unit,
    ...within(measured, percent),
    machines: [preset],
    simulate: (machineOf) => simulate(machineOf(preset)),
  });
  return [
    ...altivec.map((measured, i) =>
      figure(`altivec x${2 ** i}`, 'MiB/s', measured, (on) =>
        syndromes(on, `raid6-altivec${m.compiler}.s`, `gen${2 ** i}`, dataPages),
      ),
    ),
    ...Object.entries(integer).map(([columns, measured]) =>
      figure(
        `int x${columns}`,
        'MiB/s',
        measured,
        (on) => syndromes(on, `raid6-integer${m.compiler}.s`, `gen${columns}`, dataPages),
        m.judgedIntegers.includes(Number(columns)),
      ),
    ),
    ...Object.entries(m.xor).map(([entry, measured]) =>
      figure(`xor ${entry}`, 'MB/s', measured, (on) => xor(on, entry) / m.megabyte),
    ),
  ];
}

const best = (of: 'altivec' | 'int', label: string, judged: boolean) => ({
  judged,
  says: `${label}: ${of} x4 is the fastest, x8 falls behind it`,
  holds: (value: (figure: string) => number) =>
    [1, 2, 8].every((n) => value(`${label} ${of} x${n}`) < value(`${label} ${of} x4`)),
});

export const raid6: Row = {
  number: 11,
  name: 'raid6',
  title: 'RAID-6 syndromes and xor, 7455 at 1.417 GHz (L1) and 745x at 667 MHz (L2)',
  gated: true,
  loop:
    'the algorithm of the kernel on 6 (7455) or 16 pages of data; as gcc 12 -O2 compiles it, with the flags of each ' +
    'kernel; for gcc 4.1 of the older one without scheduling by register pressure, which that did not have',
  source: 'boot logs, kernels 6.0.9 and 2.6.20',
  figures: MACHINES.flatMap(figuresOf),
  shapes: MACHINES.flatMap(({ label, judgedIntegers }) => [
    best('altivec', label, true),
    best('int', label, judgedIntegers.length > 1),
  ]),
};
