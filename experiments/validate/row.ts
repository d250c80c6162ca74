import type { Machine } from '../../sim/machine/resolve.js';

/** The machine of a preset, as a run of the validation wants it: tuned, untuned, or something in between. */
export type MachineOf = (preset: string) => Machine;

/** One figure that was measured on a real machine. */
export interface Figure {
  readonly name: string;
  /** Whether the dozen names it; others are printed beside. */
  readonly judged: boolean;
  readonly unit: string;
  /** What was published; of a published range the middle. */
  readonly measured: number;
  /** Simulated values that pass. */
  readonly low: number;
  readonly high: number;
  /** Presets that `simulate` asks for. */
  readonly machines: readonly string[];
  /** The same quantity in the same unit. */
  readonly simulate: (machineOf: MachineOf) => number;
}

/** What must hold between the simulated figures of a row, besides each tolerance. */
export interface Shape {
  readonly says: string;
  readonly judged: boolean;
  readonly holds: (value: (figure: string) => number) => boolean;
}

/** A row of the dozen measured rows. */
export interface Row {
  readonly number: number;
  readonly name: string;
  readonly title: string;
  /** Whether a miss fails the validation; of the others the loop is a stand-in. */
  readonly gated: boolean;
  /** What is run, and how it stands to what was run on the real machine. */
  readonly loop: string;
  readonly source: string;
  readonly figures: readonly Figure[];
  readonly shapes?: readonly Shape[];
}

/** Values within so many percent of the measured one. */
export const within = (measured: number, percent: number): Pick<Figure, 'measured' | 'low' | 'high'> => ({
  measured,
  low: measured * (1 - percent / 100),
  high: measured * (1 + percent / 100),
});
