/**
 * One number of a machine, with where it comes from and how far it may be off. A machine is a tree whose leaves
 * are such records; nothing in the simulator holds a number of the console outside one.
 */

/** How far a source can be trusted. `override` marks what the user set on the command line. */
export const GRADES = [
  'measured',
  'vendor doc',
  'vendor model',
  'second-hand',
  'inferred',
  'unverified',
  'override',
] as const;
export type Grade = (typeof GRADES)[number];

/** cycles are CPU cycles; tCK are DRAM clocks; B is bytes; GB is 1e9 bytes. */
export const UNITS = [
  'cycles',
  'ns',
  'tCK',
  'B',
  'GHz',
  'MHz',
  'GB/s',
  'MB/s',
  '%',
  'count',
  'flag',
  'choice',
] as const;
export type Unit = (typeof UNITS)[number];

/** How a value lies between `low` and `high`; a triangular one has its mode at `value`. */
export type Distribution = 'fixed' | 'uniform' | 'triangular' | 'discrete';

interface Origin {
  /** Keys of SOURCES, several joined by ', '. */
  readonly source: string;
  readonly grade: Grade;
  readonly distribution: Distribution;
  /** Kept because it is known of the machine; nothing in the simulator depends on it. */
  readonly recorded?: true;
  /** Why this value: needed for inferred and unverified ones. */
  readonly note?: string;
}

export interface NumberParam extends Origin {
  readonly value: number;
  /** Of a value that was chosen within its range after comparing with measured figures: what it was before. */
  readonly untuned?: number;
  readonly unit: Exclude<Unit, 'flag' | 'choice'>;
  readonly low: number;
  readonly high: number;
}

export interface FlagParam extends Origin {
  readonly value: boolean;
  /** As of a number. */
  readonly untuned?: boolean;
  readonly unit: 'flag';
  readonly choices: readonly boolean[];
}

/** A discrete unknown: one headline for each choice, never an average. */
export interface ChoiceParam<T extends string = string> extends Origin {
  readonly value: T;
  readonly unit: 'choice';
  readonly choices: readonly T[];
}

export type Param = NumberParam | FlagParam | ChoiceParam;

/** A branch of a machine, or the whole of it. */
export interface ParamTree {
  readonly [name: string]: Param | ParamTree;
}

/** Whether a node of the tree is a leaf. */
export function isParam(node: Param | ParamTree): node is Param {
  return 'unit' in node && typeof node.unit === 'string';
}

/** A number with its range; without one it is taken as exact. */
export function number(
  value: number,
  unit: NumberParam['unit'],
  source: string,
  grade: Grade,
  range: readonly [low: number, high: number] = [value, value],
  note?: string,
): NumberParam {
  const [low, high] = range;
  const distribution = low === high ? 'fixed' : 'triangular';
  return { value, unit, source, grade, low, high, distribution, ...(note === undefined ? {} : { note }) };
}

/** A yes or no. `open` says that the other answer is possible, too. */
export function flag(value: boolean, source: string, grade: Grade, open = false, note?: string): FlagParam {
  const choices = open ? [value, !value] : [value];
  const distribution = open ? 'discrete' : 'fixed';
  return {
    value,
    unit: 'flag',
    source,
    grade,
    choices,
    distribution,
    ...(note === undefined ? {} : { note }),
  };
}

/** A value that was chosen after comparing with measured figures, with what it was before. */
export const tuned = <P extends NumberParam | FlagParam>(param: P, untuned: P['value']): P => ({
  ...param,
  untuned,
});

/** A value that is kept for the record, and that nothing in the simulator depends on. */
export const recorded = <P extends Param>(param: P): P => ({ ...param, recorded: true });

/** One of several, the first listed being no better than the others. */
export function choice<const T extends string>(
  value: NoInfer<T>,
  choices: readonly T[],
  source: string,
  grade: Grade,
  note?: string,
): ChoiceParam<T> {
  return {
    value,
    unit: 'choice',
    source,
    grade,
    choices,
    distribution: 'discrete',
    ...(note === undefined ? {} : { note }),
  };
}

/** Every leaf with its dotted path, in the order of the tree. */
export function leaves(tree: ParamTree, prefix = ''): { path: string; param: Param }[] {
  return Object.entries(tree).flatMap(([name, node]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    return isParam(node) ? [{ path, param: node }] : leaves(node, path);
  });
}
