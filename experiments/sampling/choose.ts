import seedrandom from 'seedrandom';
import type { Run } from './estimate.js';

/** Positions that draw a token and are measured at first, and of those that draw none. */
export interface First {
  readonly drawing: number;
  readonly prompt: number;
}

/** Of a random order that is the same for the same run and seed: positions to measure, in rounds. */
export class Choice {
  private readonly random: () => number;
  readonly chosen = new Set<number>();

  constructor(
    private readonly run: Run,
    seed: number,
    { drawing, prompt }: First,
  ) {
    this.random = seedrandom(`sampled positions ${seed}`);
    const { count, drawsFrom, exact } = run;
    for (let p = 0; p < Math.min(exact, count); p++) this.chosen.add(p);
    this.add(range(exact, drawsFrom), prompt);
    this.add(range(Math.max(exact, drawsFrom), count), drawing);
  }

  /** Chooses as many again of those left, up to the run's end `count`; returns them in ascending order. */
  more(many: number, count: number): number[] {
    const before = new Set(this.chosen);
    const { exact, drawsFrom } = this.run;
    this.add(range(exact, drawsFrom), Math.ceil(many / 8));
    this.add(range(Math.max(exact, drawsFrom), count), many);
    return [...this.chosen].filter((p) => !before.has(p)).sort((a, b) => a - b);
  }

  /** One of each of `many` equal parts of the positions that are not chosen yet. */
  private add(positions: readonly number[], many: number): void {
    const left = positions.filter((p) => !this.chosen.has(p));
    const parts = Math.min(many, left.length);
    for (let part = 0; part < parts; part++) {
      const from = Math.floor((part * left.length) / parts);
      const to = Math.floor(((part + 1) * left.length) / parts);
      this.chosen.add(left[from + Math.floor(this.random() * (to - from))]);
    }
  }
}

/** Whole numbers from `from` up to before `to`. */
export const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
