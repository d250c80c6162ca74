import { bigCount, number3, percent } from './format.js';

/** One run of a compiled program (schema xenon-exec/1), as far as a comparison of builds needs it. */
export interface ProgramRun {
  /** Of the result's file: tells the builds apart. */
  readonly name: string;
  readonly machine: string;
  readonly arguments: readonly string[];
  /** Function whose calls were measured, or undefined for the whole run. */
  readonly roi: string | undefined;
  readonly instructions: number;
  readonly cycles: number;
  readonly loadHitStoreCycles: number;
  readonly functions: readonly ProgramFunction[];
}

export interface ProgramFunction {
  readonly name: string;
  readonly cycles: number;
  readonly instructions: number;
  readonly loadHitStoreCycles: number;
}

export interface ProgramComparison {
  /** In the order given; the first is what the others are compared with. */
  readonly runs: readonly ProgramRun[];
  readonly answer: { readonly number: string; readonly rest: string };
}

export function comparePrograms(runs: readonly ProgramRun[]): ProgramComparison {
  return { runs, answer: answerOf(runs) };
}

/** Cycles that are no wait of a load for a store just made. */
export const otherCycles = ({ cycles, loadHitStoreCycles }: ProgramRun): number =>
  Math.max(0, cycles - loadHitStoreCycles);

/** The largest and the smallest, and why they differ. */
function answerOf(runs: readonly ProgramRun[]): ProgramComparison['answer'] {
  const sorted = [...runs].sort((a, b) => a.cycles - b.cycles);
  const [fastest, slowest] = [sorted[0], sorted[sorted.length - 1]];
  if (sorted.length === 1 || fastest.cycles === slowest.cycles) {
    return {
      number: `${bigCount(fastest.cycles)} cycles`,
      rest: `for ${bigCount(fastest.instructions)} instructions; ${reasonOf(fastest)}.`,
    };
  }
  const more = slowest.cycles - fastest.cycles;
  const storm = slowest.loadHitStoreCycles - fastest.loadHitStoreCycles;
  const unlike = differences(fastest, slowest);
  const why =
    storm > 0.5 * more
      ? `${percent(Math.min(storm, more), more)} of the difference is loads that wait for stores just made to the ` +
        `same 16 bytes (load-hit-store)${unlike && `; ${unlike}`}`
      : `load-hit-store explains ${percent(Math.max(0, storm), more)} of the difference; ` +
        `${unlike || 'instructions and their order do the rest'}`;
  return {
    number: `${number3(slowest.cycles / fastest.cycles)} times the cycles`,
    rest:
      `is what ${slowest.name} takes compared with ${fastest.name}, with ` +
      `${number3(slowest.instructions / fastest.instructions)} times its instructions: ${why}.`,
  };
}

/** What was not the same beside the build, so that not all of the difference is the compiler's; empty for nothing. */
function differences(a: ProgramRun, b: ProgramRun): string {
  const told = [
    ...(a.machine === b.machine ? [] : ['their machines']),
    ...(a.arguments.join('\0') === b.arguments.join('\0') ? [] : ['their arguments']),
    ...(a.roi === b.roi ? [] : ['what was measured of them']),
  ];
  return told.length === 0 ? '' : `${told.join(' and ')} differed, too`;
}

/** What the counters say about one build. */
export const reasonOf = ({ cycles, loadHitStoreCycles }: ProgramRun): string =>
  loadHitStoreCycles > 0.5 * cycles
    ? `load-hit-store: ${percent(loadHitStoreCycles, cycles)} of the cycles are loads waiting for stores just made`
    : `load-hit-store takes ${percent(loadHitStoreCycles, cycles)} of the cycles`;

export interface FunctionRow {
  readonly name: string;
  /** One for each run; undefined where it has no such function. */
  readonly costs: readonly (ProgramFunction | undefined)[];
}

/** Functions of all runs side by side, the dearest anywhere first. */
export function functionRows(runs: readonly ProgramRun[], most = 12): FunctionRow[] {
  const names = new Set(runs.flatMap(({ functions }) => functions.map(({ name }) => name)));
  const dearest = ({ costs }: FunctionRow) => Math.max(...costs.map((cost) => cost?.cycles ?? 0));
  return [...names]
    .map((name) => ({ name, costs: runs.map(({ functions }) => functions.find((f) => f.name === name)) }))
    .sort((a, b) => dearest(b) - dearest(a) || (a.name < b.name ? -1 : 1))
    .slice(0, most);
}
