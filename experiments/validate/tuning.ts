import { withValue } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';
import { type FlagParam, leaves, type NumberParam } from '../../sim/machine/record.js';
import { resolve } from '../../sim/machine/resolve.js';
import type { MachineOf, Row } from './row.js';

/** Values that were chosen within their range after comparing with the measured figures, and fits of them. */
export type Value = number | boolean;

export interface TunedParameter {
  readonly path: string;
  /** Presets that share the record. */
  readonly presets: readonly string[];
  readonly unit: string;
  readonly source: string;
  readonly low: Value;
  readonly high: Value;
  readonly untuned: Value;
  readonly tuned: Value;
  /** Where in its range it landed, 0 to 1; of a switch 0 or 1. */
  readonly position: number;
}

/** Values of parameters by their place in the list. */
export type Values = readonly Value[];

/** The tuned parameters of presets; what presets have from one recipe is one parameter. */
export function tunedParameters(presets: readonly string[]): TunedParameter[] {
  const found = new Map<string, { path: string; param: NumberParam | FlagParam; presets: string[] }>();
  for (const preset of presets) {
    for (const { path, param } of leaves(presetNamed(preset))) {
      if (!('untuned' in param) || param.untuned === undefined) continue;
      const key = JSON.stringify([path, param]);
      const known = found.get(key);
      if (known === undefined) found.set(key, { path, param, presets: [preset] });
      else known.presets.push(preset);
    }
  }
  return [...found.values()].map(({ path, param, presets: shared }) => ({
    path,
    presets: shared,
    unit: param.unit,
    source: param.source,
    untuned: param.untuned!,
    tuned: param.value,
    ...placeOf(param),
  }));
}

function placeOf(param: NumberParam | FlagParam): Pick<TunedParameter, 'low' | 'high' | 'position'> {
  if (param.unit === 'flag') return { low: false, high: true, position: param.value ? 1 : 0 };
  const { value, low, high } = param;
  return { low, high, position: (value - low) / (high - low) };
}

/** Machines with these values of the parameters. */
export function machinesWith(parameters: readonly TunedParameter[], values: Values): MachineOf {
  const made = new Map<string, ReturnType<MachineOf>>();
  return (preset) => {
    const known = made.get(preset);
    if (known !== undefined) return known;
    let config = presetNamed(preset);
    parameters.forEach(({ path, presets }, i) => {
      if (presets.includes(preset))
        config = withValue(config, path, values[i], { source: 'user', grade: 'override' });
    });
    const machine = resolve(preset, config);
    made.set(preset, machine);
    return machine;
  };
}

/** The machines as they were before any figure was looked at. */
export const untunedMachines = (presets: readonly string[]): MachineOf => {
  const parameters = tunedParameters(presets);
  return machinesWith(
    parameters,
    parameters.map(({ untuned }) => untuned),
  );
};

export const presetsOf = (rows: readonly Row[]): string[] => [
  ...new Set(rows.flatMap((row) => row.figures.flatMap(({ machines }) => machines))),
];

/** Values that a fit tries: what it was, and five through the range. */
export function candidates({ untuned, low, high, unit }: TunedParameter): Value[] {
  if (typeof untuned === 'boolean' || typeof low !== 'number' || typeof high !== 'number')
    return [false, true];
  const steps = [0, 1, 2, 3, 4].map((k) => low + (k * (high - low)) / 4);
  const whole = unit === 'cycles' || unit === 'count';
  return [...new Set([untuned, ...steps.map((step) => (whole ? Math.round(step) : step))])];
}

export interface Prediction {
  readonly row: number;
  /** Of what the other rows choose; undefined where no other row says anything. */
  readonly fitted: readonly {
    readonly path: string;
    readonly presets: readonly string[];
    readonly value: Value;
  }[];
  readonly untunedError: number;
  readonly predictedError: number;
}

/** The error of a row with these values of the parameters. */
export type Evaluate = (row: Row, values: Values) => number;

/** Parameters that a row's machines have. */
const concerns = (row: Row, { presets }: TunedParameter): boolean =>
  row.figures.some(({ machines }) => machines.some((machine) => presets.includes(machine)));

/**
 * For each row: the parameters fitted to the other rows only, one after the other through their candidates, twice
 * over, from the untuned values on; and what they predict for the row that was left out. Parameters that no other row
 * depends on stay untuned.
 */
export function leaveOneOut(
  rows: readonly Row[],
  parameters: readonly TunedParameter[],
  evaluate: Evaluate,
): Prediction[] {
  const known = new Map<string, number>();
  const errorOf: Evaluate = (row, values) => {
    const own = parameters.map((parameter, i) => (concerns(row, parameter) ? values[i] : undefined));
    const key = JSON.stringify([row.number, own]);
    let error = known.get(key);
    if (error === undefined) {
      error = evaluate(row, values);
      known.set(key, error);
    }
    return error;
  };
  const untuned = parameters.map((parameter) => parameter.untuned);
  return rows
    .filter((row) => parameters.some((parameter) => concerns(row, parameter)))
    .map((left) => {
      const others = rows.filter((row) => row !== left);
      const free = reached(left, others, parameters);
      const values = fit(others, parameters, free, untuned, errorOf);
      const fitted = parameters.flatMap(({ path, presets }, i) =>
        free[i] && concerns(left, parameters[i]) ? [{ path, presets, value: values[i] }] : [],
      );
      return {
        row: left.number,
        fitted,
        untunedError: errorOf(left, untuned),
        predictedError: errorOf(left, values),
      };
    });
}

/** Which parameters a fit to the other rows has to move: those of the row, and what else decides about them. */
function reached(left: Row, others: readonly Row[], parameters: readonly TunedParameter[]): boolean[] {
  const free = parameters.map(
    (parameter) => concerns(left, parameter) && others.some((row) => concerns(row, parameter)),
  );
  for (let grew = true; grew; ) {
    const rows = others.filter((row) =>
      parameters.some((parameter, i) => free[i] && concerns(row, parameter)),
    );
    grew = false;
    parameters.forEach((parameter, i) => {
      if (free[i] || !rows.some((row) => concerns(row, parameter))) return;
      free[i] = true;
      grew = true;
    });
  }
  return free;
}

const SWEEPS = 2;

function fit(
  rows: readonly Row[],
  parameters: readonly TunedParameter[],
  free: readonly boolean[],
  from: Values,
  errorOf: Evaluate,
): Values {
  let best = from;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    parameters.forEach((parameter, i) => {
      if (!free[i]) return;
      const touched = rows.filter((row) => concerns(row, parameter));
      const total = (values: Values) => touched.reduce((sum, row) => sum + errorOf(row, values), 0);
      let least = total(best);
      for (const candidate of candidates(parameter)) {
        const trial = best.map((value, k) => (k === i ? candidate : value));
        const error = total(trial);
        if (error < least) [best, least] = [trial, error];
      }
    });
  }
  return best;
}
