import seedrandom from 'seedrandom';
import type { Swing } from '../../reports/experiment.js';
import { number3 } from '../../reports/format.js';
import { mostOf, ranked } from '../../reports/interval.js';
import { nearestPossible } from '../../sim/machine/check.js';
import { type Described, describeMachine } from '../../sim/machine/describe.js';
import { UsageError } from '../../sim/machine/errors.js';
import { applyOverrides } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';
import type { MachineConfig } from '../../sim/machine/xbox360.js';
import { type Experiment, experiment, measures, type Recipe, type RunSettings, speedupOver } from '../api.js';
import { setByName } from './plan.js';

/*
 * How sure a run's headline is: every number of the machine that has a range is moved to both ends alone (a tornado),
 * all are drawn together by a Latin hypercube (an interval), and every discrete unknown gives a headline of its own.
 */

/** The headlines that can be asked for. */
export const UNCERTAIN_HEADLINES = {
  'tokens-per-second': {
    measure: 'tokensPerSecond',
    unit: 'tokens per second',
    what: 'number of tokens per second',
  },
  'load-seconds': { measure: 'loadSeconds', unit: 's', what: 'load time' },
  'first-token-seconds': { measure: 'firstTokenSeconds', unit: 's', what: 'time to the first token' },
  /** Tokens per second over those of the same run with some settings changed. */
  'speed-up': { measure: 'speedUp', unit: 'x', what: 'speed-up' },
} as const;
export type UncertainHeadline = keyof typeof UNCERTAIN_HEADLINES;

/** What the inputs that matter most are called in a sentence; others go by their paths. */
const WORDS: Readonly<Record<string, string>> = {
  'memory.latencyCycles': 'memory latency',
  'bus.efficiency': 'sustained bus bandwidth',
  'bus.slotTurnaroundCycles': 'how soon a miss slot is used again',
  'l2.latencyCycles': 'L2 latency',
  'core.takenBranchCycles': 'bubbles of taken branches',
  'core.vectorQueueEntries': 'depth of the vector queue',
  'devices.usbBandwidth': 'the rate of USB',
};
const wordsFor = (path: string): string => WORDS[path] ?? path;

/** Parts of a machine that no headline but those of loading depends on. */
const LOADING_ONLY = ['devices'];
/** Choices of the model rather than unknowns of the console, and what is not a performance number. */
const NOT_UNKNOWN = ['quantumCycles', 'crowdedLeadCycles', 'smt', 'memoryMap', 'gpu'];
const CHOICES = ['l2.', 'l1i.', 'missQueue.', 'dram.', 'translation.', 'core.pairing.', 'core.vectorQueue'];

/** The runs of a speed-up: the one asked for, and what it is compared with. */
const [THIS, OVER] = ['this run', 'compared with'];

export interface UncertaintyOptions {
  readonly settings: Partial<RunSettings>;
  readonly machine: string;
  readonly overrides: readonly string[];
  readonly headline: UncertainHeadline;
  /** Only inputs whose path begins with one of these; all where there are none. */
  readonly inputs: readonly string[];
  /** Draws of all numbers together; at least 4. */
  readonly draws: number;
  /** For the headline `speed-up`: `setting=value` of the run that is compared with. */
  readonly over?: readonly string[];
}

/** The experiment that answers; `name` is its folder. */
export function uncertaintyOf(name: string, options: UncertaintyOptions): Experiment {
  const { machine, overrides, draws, headline, inputs, over = [] } = options;
  const config = applyOverrides(presetNamed(machine), overrides);
  const groups =
    headline === 'tokens-per-second' || headline === 'speed-up'
      ? [...LOADING_ONLY, ...NOT_UNKNOWN]
      : NOT_UNKNOWN;
  const all = describeMachine(config).filter(
    ({ path }) =>
      !groups.includes(path.split('.')[0]) &&
      (inputs.length === 0 || inputs.some((prefix) => path.startsWith(prefix))),
  );
  const ranges = all.filter(hasRange);
  const unknown = ranges.filter((line) => bothEnds(config, line));
  const leftOut = leftOutSentence(ranges.filter((line) => !unknown.includes(line)));
  if (unknown.length === 0)
    throw new UsageError(
      `--inputs ${inputs.join(' ')}: ${leftOut || `no number of ${machine} with a range begins so`}`,
    );
  const { measure, unit, what } = UNCERTAIN_HEADLINES[headline];
  const cases: Record<string, Recipe> = { nominal: () => {} };
  for (const override of choicesOf(config, all)) {
    cases[override] = (settings) => {
      settings.set.push(override);
    };
  }
  const drawn = latinHypercube(unknown, draws, name).map((set) => accepted(config, set));
  drawn.forEach((set, i) => {
    cases[drawName(i)] = (settings) => {
      settings.set.push(...set);
    };
  });
  const factors = { ...(headline === 'speed-up' ? { run: compared(over) } : {}), inputs: cases };
  const at = (inputs: string, run = THIS) => (headline === 'speed-up' ? { run, inputs } : { inputs });
  return experiment({
    name,
    question: `How sure is the ${what}${headline === 'speed-up' ? ` over ${over.join(', ')}` : ''} of this run?`,
    base: options.settings,
    factors,
    measure:
      headline === 'speed-up'
        ? { speedUp: speedupOver({ run: OVER }), tokensPerSecond: measures.tokensPerSecond }
        : { [measure]: measures[measure as keyof typeof measures] },
    show: [{ bars: [measure], title: 'Discrete unknowns, and all ranges drawn together' }],
    headline: {
      of: (results) => results.value(measure, at('nominal')),
      unit,
      needs: headline === 'speed-up' ? [at('nominal'), at('nominal', OVER)] : [at('nominal')],
      uncertain: unknown.map(({ path }) => path),
    },
    answer: (results, swings) => {
      const value = results.value(measure, at('nominal'));
      const values = drawn.map((_, i) => results.value(measure, at(drawName(i)))).sort((x, y) => x - y);
      const [low, high] = [0.05, 0.95].map((q) => number3(quantile(values, q)));
      return (
        `${sentenceOf(value, swings)}All ranges drawn together, nine of ten of ${values.length} draws lie between ` +
        `${low} and ${high}.${leftOut && ` ${leftOut}.`}`
      );
    },
    notes: [
      'Each input with a range is moved to both ends alone; inputs marked fixed, and choices of the model such as the ' +
        'quantum, are not.',
      'The draws are a seeded Latin hypercube over the same ranges, triangular where the record says so; times in ' +
        'clocks and what is counted are whole, and what addresses are cut by are powers of two. A number that the others ' +
        'of a draw forbid stays as it is.',
      'The inputs that move the number most are those worth measuring on a console first; README says how.',
    ],
  } as Parameters<typeof experiment>[0]) as Experiment;
}

/** Numbers with ranges wider than what can be simulated; empty where there are none. */
function leftOutSentence(lines: readonly Described[]): string {
  if (lines.length === 0) return '';
  const listed = lines.map(({ path, low, high }) => `${path} (${low} to ${high})`);
  return `Not moved, as the model cannot hold both ends of the range: ${listed.join(', ')}`;
}

/** What makes most of the interval, and what to measure first on a console. */
export function sentenceOf(value: number, swings: readonly Swing[]): string {
  const first = ranked(value, swings).slice(0, MOST_NAMED);
  if (first.length === 0) return 'is the prediction; none of the inputs moves it. ';
  const most = mostOf(value, swings)
    .slice(0, MOST_NAMED)
    .map(({ path }) => wordsFor(path));
  const listed = first.map((s) => `${s.path} (${[s.atLow, s.atHigh].map(number3).join(' to ')})`);
  return `is the prediction, most of its interval from ${inWords(most)}. Worth measuring on a console, in this order: ${listed.join(', ')}. `;
}
const MOST_NAMED = 5;

const inWords = (names: readonly string[]): string =>
  names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;

/** The run asked for, and the same with some settings changed. */
function compared(over: readonly string[]): Readonly<Record<string, Recipe>> {
  if (over.length === 0) throw new UsageError('--uncertainty speed-up needs --over setting=value');
  const changes = over.map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw new UsageError(`--over takes setting=value, got '${text}'`);
    const value = text.slice(at + 1);
    return [text.slice(0, at), /^\d+$/.test(value) ? Number(value) : value] as const;
  });
  return {
    [THIS]: () => {},
    [OVER]: (settings) => {
      for (const [setting, value] of changes) setByName(settings, setting, value, '--over:');
    },
  };
}

const drawName = (i: number): string => `draw ${i + 1}`;

const hasRange = ({ low, high, distribution, recorded }: Described): boolean =>
  low !== undefined && high !== undefined && low < high && distribution !== 'fixed' && recorded !== true;

/** Whether the machine may have the number at either end, all others as they are. */
function bothEnds(config: MachineConfig, { path, low, high }: Described): boolean {
  return [low, high].every((end) => allows(config, [`${path}=${end}`]));
}

function allows(config: MachineConfig, overrides: readonly string[]): boolean {
  try {
    applyOverrides(config, overrides);
    return true;
  } catch {
    return false;
  }
}

/** The overrides of a draw that make a machine together; one that the others forbid stays at its value. */
function accepted(config: MachineConfig, overrides: readonly string[]): string[] {
  const kept: string[] = [];
  for (const override of overrides) if (allows(config, [...kept, override])) kept.push(override);
  return kept;
}

/** Every other value of each discrete unknown that the machine may have. */
function choicesOf(config: MachineConfig, all: readonly Described[]): string[] {
  return all
    .filter(({ path, choices = [] }) => choices.length > 1 && CHOICES.some((begin) => path.startsWith(begin)))
    .flatMap(({ path, value, choices = [] }) =>
      choices.filter((choice) => choice !== value).map((choice) => `${path}=${choice}`),
    )
    .filter((override) => allows(config, [override]));
}

/** Overrides of each draw: each number takes each of `draws` equal parts of its range once. */
function latinHypercube(unknown: readonly Described[], draws: number, seed: string): string[][] {
  const random = seedrandom(seed);
  const parts = unknown.map(() => shuffled(draws, random));
  return Array.from({ length: draws }, (_, i) =>
    unknown.map((line, k) => `${line.path}=${valueAt(line, (parts[k][i] + random()) / draws)}`),
  );
}

function shuffled(n: number, random: () => number): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** The value below which a share `q` of the range's distribution lies. */
function valueAt(line: Described, q: number): number {
  const { value, low = 0, high = 0, distribution } = line;
  const at = distribution === 'triangular' ? triangular(low, Number(value), high, q) : low + (high - low) * q;
  return nearestPossible(line, at);
}

function triangular(low: number, mode: number, high: number, q: number): number {
  const below = (mode - low) / (high - low);
  return q < below
    ? low + Math.sqrt(q * (high - low) * (mode - low))
    : high - Math.sqrt((1 - q) * (high - low) * (high - mode));
}

/** Linear between the order statistics of sorted values. */
function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
