import type { Figure, MachineOf, Row } from './row.js';

/** A figure with what the simulator makes of it. */
export interface FigureResult {
  readonly name: string;
  readonly unit: string;
  readonly measured: number;
  readonly simulated: number;
  /** Of the measured value, signed. */
  readonly error: number;
  readonly low: number;
  readonly high: number;
  readonly judged: boolean;
  readonly inside: boolean;
}

export interface RowResult {
  readonly number: number;
  readonly name: string;
  readonly title: string;
  readonly gated: boolean;
  readonly loop: string;
  readonly source: string;
  readonly figures: readonly FigureResult[];
  readonly shapes: readonly { readonly says: string; readonly judged: boolean; readonly holds: boolean }[];
  /** Mean over the judged figures of how far they are off, either way. */
  readonly error: number;
  /** Mean of the same in units of each figure's tolerance: at most 1 is inside. */
  readonly ofTolerance: number;
  readonly passes: boolean;
}

export interface Summary {
  readonly rows: number;
  /** Means over rows of their error, and of the signed errors of their figures. */
  readonly meanAbsoluteError: number;
  readonly bias: number;
  readonly worst: { readonly row: number; readonly figure: string; readonly error: number };
}

/** Largest mean error over the gated rows. */
export const MOST_MEAN_ERROR = 0.1;

export function judgeFigure(figure: Figure, simulated: number): FigureResult {
  const { name, unit, measured, low, high, judged } = figure;
  const error = simulated / measured - 1;
  return {
    name,
    unit,
    measured,
    simulated,
    error,
    low,
    high,
    judged,
    inside: low <= simulated && simulated <= high,
  };
}

/** How far a value is off, where 1 is the end of what passes on its side. */
export function shareOfTolerance({ simulated, measured, low, high }: FigureResult): number {
  const room = simulated < measured ? measured - low : high - measured;
  return Math.abs(simulated - measured) / room;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** A row is inside its tolerance when its figures are on average, and every shape holds. */
export function judgeRow(row: Row, figures: readonly FigureResult[]): RowResult {
  const judged = figures.filter((figure) => figure.judged);
  const value = (name: string) => figures.find((figure) => figure.name === name)!.simulated;
  const shapes = (row.shapes ?? []).map(({ says, judged: asked, holds }) => ({
    says,
    judged: asked,
    holds: holds(value),
  }));
  const ofTolerance = mean(judged.map(shareOfTolerance));
  const { number, name, title, gated, loop, source } = row;
  return {
    number,
    name,
    title,
    gated,
    loop,
    source,
    figures,
    shapes,
    error: mean(judged.map(({ error }) => Math.abs(error))),
    ofTolerance,
    passes: ofTolerance <= 1 && shapes.every((shape) => shape.holds || !shape.judged),
  };
}

export const runRow = (row: Row, machineOf: MachineOf, onFigure?: (name: string) => void): RowResult =>
  judgeRow(
    row,
    row.figures.map((figure) => {
      onFigure?.(`${row.number} ${figure.name}`);
      return judgeFigure(figure, figure.simulate(machineOf));
    }),
  );

export function summarize(rows: readonly RowResult[]): Summary | undefined {
  if (rows.length === 0) return undefined;
  const judged = rows.flatMap((row) =>
    row.figures.filter((f) => f.judged).map(({ name, error }) => ({ row: row.number, figure: name, error })),
  );
  return {
    rows: rows.length,
    meanAbsoluteError: mean(rows.map(({ error }) => error)),
    bias: mean(rows.map((row) => mean(row.figures.filter((f) => f.judged).map((f) => f.error)))),
    worst: judged.reduce((a, b) => (Math.abs(b.error) > Math.abs(a.error) ? b : a)),
  };
}

/** Why the gate fails; nothing when it does not. Its mean is judged only where all its rows are. */
export function failures(rows: readonly RowResult[], areAll: boolean): string[] {
  const gated = rows.filter((row) => row.gated);
  const failed = gated
    .filter((row) => !row.passes)
    .map((row) => {
      const broken = row.shapes
        .filter((shape) => shape.judged && !shape.holds)
        .map(({ says }) => `not so: ${says}`);
      const off = row.ofTolerance > 1 ? [`off by ${row.ofTolerance.toFixed(2)} of its tolerance`] : [];
      return `row ${row.number} (${row.name}): ${[...off, ...broken].join('; ')}`;
    });
  const all = summarize(gated);
  if (areAll && all !== undefined && all.meanAbsoluteError > MOST_MEAN_ERROR)
    failed.push(`mean absolute error ${(100 * all.meanAbsoluteError).toFixed(1)} %, more than 10 %`);
  return failed;
}
