/*
 * What a whole run costs, from the cost of some of its positions. Cost grows evenly with the position, since attention
 * reads one more row of the cache each time, so a straight line through the measured ones stands for the others; those
 * that draw no token (all but the last of the prompt) lie on a parallel line. The interval is that of a prediction by
 * least squares, with Student's t, and an allowance for what cannot be seen in the residuals: a measured position
 * begins with caches that were warmed without time.
 */

/** Positions 0 to `count` - 1; those before `drawsFrom` draw no token, those before `exact` are all measured. */
export interface Run {
  readonly count: number;
  readonly drawsFrom: number;
  readonly exact: number;
}

export const CONFIDENCE = 0.95;

/**
 * How far the cost of measured positions may be off as a whole, since they begin on warmed caches: a part of it. The
 * study of intervals finds below 0.15 % over whole generations, and 0.6 % at most in short ones that skip tokens.
 */
export const START_TRANSIENT = 0.005;

/** A line through costs of positions, and what it says of those that were not measured. */
interface Fit {
  /** Measured positions that the line goes through. */
  readonly used: readonly number[];
  /** Positions that are not measured. */
  readonly rest: readonly number[];
  features(position: number): readonly number[];
  /** Inverse of the normal equations' matrix. */
  readonly inverse: readonly (readonly number[])[];
}

/** `measured` holds the exact positions, one that draws no token where there are such, and enough others. */
function fitOf({ count, drawsFrom, exact }: Run, measured: readonly number[]): Fit {
  const known = new Set(measured);
  const rest = Array.from({ length: count }, (_, position) => position).filter((p) => !known.has(p));
  // What draws no token needs a line of its own only where one of its positions was left out.
  const apart = rest.some((p) => p < drawsFrom);
  const used = measured.filter((p) => p >= (apart ? exact : Math.max(exact, drawsFrom)));
  const features = (position: number): number[] => {
    const line = [1, position / count];
    return apart ? [...line, position < drawsFrom ? 1 : 0] : line;
  };
  const rows = used.map(features);
  const terms = apart ? 3 : 2;
  const all = Array.from({ length: terms }, (_, k) => k);
  const matrix = all.map((i) => all.map((j) => rows.reduce((sum, row) => sum + row[i] * row[j], 0)));
  return { used, rest, features, inverse: rest.length === 0 ? [] : inverted(matrix) };
}

/** How the costs of measured positions, in the order given, combine: to the total, and to each position's cost. */
export interface Weights {
  readonly total: readonly number[];
  at(position: number): readonly number[];
}

export function weightsOf(run: Run, measured: readonly number[]): Weights {
  const { used, rest, features, inverse } = fitOf(run, measured);
  const place = new Map(measured.map((position, i) => [position, i]));
  const predict = (sought: readonly number[]): number[] => {
    const towards = inverse.map((line) => dot(line, sought));
    const weights = measured.map(() => 0);
    if (inverse.length > 0)
      for (const position of used) weights[place.get(position)!] = dot(features(position), towards);
    return weights;
  };
  return {
    total: predict(sumOf(rest.map(features))).map((weight) => 1 + weight),
    at(position) {
      const own = place.get(position);
      return own === undefined ? predict(features(position)) : measured.map((_, i) => (i === own ? 1 : 0));
    },
  };
}

export interface Estimate {
  readonly total: number;
  /** Half the width of the interval: what the residuals say, and the allowance. */
  readonly halfWidth: number;
  readonly allowance: number;
}

/** The total of a run and its interval, from the costs of the measured positions (ascending). */
export function estimate(run: Run, measured: readonly number[], costs: readonly number[]): Estimate {
  const { used, rest, features, inverse } = fitOf(run, measured);
  const costOf = new Map(measured.map((position, i) => [position, costs[i]]));
  const total = dot(weightsOf(run, measured).total, costs);
  const early = measured.reduce((sum, p, i) => sum + (p < run.exact ? costs[i] : 0), 0);
  const allowance = START_TRANSIENT * (total - early);
  if (rest.length === 0) return { total, halfWidth: allowance, allowance };
  const degrees = used.length - inverse.length;
  if (degrees < 1) return { total, halfWidth: Number.POSITIVE_INFINITY, allowance };
  const moments = sumOf(used.map((p) => features(p).map((x) => x * costOf.get(p)!)));
  const line = inverse.map((row) => dot(row, moments));
  const squares = used.reduce((sum, p) => sum + (costOf.get(p)! - dot(features(p), line)) ** 2, 0);
  const sought = sumOf(rest.map(features));
  const towards = inverse.map((row) => dot(row, sought));
  const spread = rest.length + dot(towards, sought);
  return {
    total,
    halfWidth: studentT(degrees) * Math.sqrt((squares / degrees) * spread) + allowance,
    allowance,
  };
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * b[i], 0);

function sumOf(rows: readonly (readonly number[])[]): number[] {
  return (rows[0] ?? []).map((_, k) => rows.reduce((sum, row) => sum + row[k], 0));
}

/** By elimination with the largest pivot; the matrix is small and regular. */
function inverted(matrix: readonly (readonly number[])[]): number[][] {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let k = 0; k < n; k++) {
    const pivot = rows
      .slice(k)
      .reduce((best, row, i) => (Math.abs(row[k]) > Math.abs(rows[best][k]) ? k + i : best), k);
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    rows[k] = rows[k].map((x) => x / rows[k][k]);
    for (let i = 0; i < n; i++) {
      if (i !== k) rows[i] = rows[i].map((x, j) => x - rows[i][k] * rows[k][j]);
    }
  }
  return rows.map((row) => row.slice(n));
}

/** Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom. */
const T_95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** Beyond the table within 0.001. */
export function studentT(degrees: number): number {
  return T_95[degrees - 1] ?? 1.96 + 2.46 / degrees;
}
