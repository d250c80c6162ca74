import seedrandom from 'seedrandom';
import type { FedPass } from '../run/fed-pass.js';
import type { PassCost } from '../run/pass-cost.js';
import { prepare } from '../run/prepare.js';
import { parseRequest, type RunOptions } from '../run/request.js';
import { Choice } from './choose.js';
import type { estimate, Run } from './estimate.js';
import { measureRound, passesOf } from './rounds.js';
import { FORMS, type Form, fillCache, firstOf, narrow, planRun, randomTokens } from './sample.js';

/** A run whose every position is known in detail, and as either form measures it when it is chosen. */
export interface StudyCase {
  readonly name: string;
  readonly run: Run;
  /** No cache keeps anything from one position to the next. */
  readonly keepsNothing: boolean;
  /** Cycles of each position in the detailed run. */
  readonly detailed: readonly number[];
  readonly measured: Readonly<Record<Form, readonly number[]>>;
  /** How far positions that were tried lie from the detailed ones as a whole: a part. */
  readonly transient: Readonly<Record<Form, number>>;
}

/** How the intervals of many sampled runs of a case hold what the detailed run takes. */
export interface Coverage {
  readonly name: string;
  readonly form: Form;
  readonly seeds: number;
  readonly inside: number;
  /** Mean and largest half-width, and the largest error, as parts of the cycles. */
  readonly halfWidth: number;
  readonly widest: number;
  readonly error: number;
  readonly positions: number;
  readonly transient: number;
}

/** Passes that keep caches warm before one that is measured, where nothing stays in them from earlier ones. */
const WARMED = 2;

/**
 * Runs a case in detail, then measures every `stride`th position as sampled runs do: after others that kept the caches
 * warm, or, where caches keep nothing and positions are skipped, going to one from anywhere. Positions between those
 * are taken to be off by as much as those as a whole.
 */
export async function studyCase(
  name: string,
  options: RunOptions,
  stride: number,
  progress: (what: string) => void,
): Promise<StudyCase> {
  const request = parseRequest({ ...options, ignoreEos: true });
  const prepared = prepare(request, { onProgress: (text) => progress(`${name}: ${text()}`) });
  const { run, guest, prompt, steps, program, batches } = prepared;
  run.load();
  const start = guest.moment();
  const detailed: number[] = [];
  const note = ({ tokens }: FedPass, { cycles }: PassCost) =>
    void detailed.push(...tokens.map(() => cycles / tokens.length));
  const { tokens } = await run.generate(prompt, steps, { isMeasured: () => true, note });
  const { planned, keepsNothing } = planRun(prepared, request);
  const random = seedrandom(`study ${name}`);
  const tried = detailed.map((_, p) => p).filter((p) => p >= planned.exact && p % stride === 0);
  const measureAll = (fed: readonly number[], skips: boolean): number[] => {
    const found = new Map<number, number>();
    const keep = ({ position }: FedPass, { cycles }: PassCost) => void found.set(position, cycles);
    const passes = passesOf(fed, steps, planned.drawsFrom, batches);
    if (keepsNothing) {
      const keys = new Map(tried.map((p) => [p, skips ? random() : p]));
      for (const position of [...tried].sort((a, b) => keys.get(a)! - keys.get(b)!)) {
        const at = passes.findIndex((pass) => pass.position === position);
        for (const pass of skips ? [] : passes.slice(Math.max(0, at - WARMED), at)) run.warm(pass);
        measureRound(run, passes, undefined, [position], keep);
      }
    } else {
      // Neighbours are seldom measured both: by turns.
      for (const turn of stride > 1 ? [0] : [0, 1]) {
        const own = tried.filter((p) => stride > 1 || p % 2 === turn);
        if (own.length > 0) measureRound(run, passes, start, own, keep);
      }
    }
    const change = transientOf(detailed, found);
    return detailed.map((cycles, p) => found.get(p) ?? (p < planned.exact ? cycles : cycles * (1 + change)));
  };
  const text = measureAll(tokens, false);
  fillCache(program, guest.bytes, request.seed);
  const skipping = measureAll(randomTokens(request.seed, steps, program.shape.vocabulary), true);
  const transient = (costs: readonly number[]) =>
    transientOf(detailed, new Map(tried.map((p) => [p, costs[p]])));
  return {
    name,
    run: planned,
    keepsNothing,
    detailed,
    measured: { text, skipping },
    transient: { text: transient(text), skipping: transient(skipping) },
  };
}

function transientOf(detailed: readonly number[], found: ReadonlyMap<number, number>): number {
  const [is, was] = [...found].reduce(([a, b], [p, cycles]) => [a + cycles, b + detailed[p]], [0, 0]);
  return was === 0 ? 0 : is / was - 1;
}

/** Samples a case with many seeds. */
export function coverageOf(
  { name, run, keepsNothing, detailed, measured, transient }: StudyCase,
  seeds: number,
): Coverage[] {
  const total = detailed.reduce((sum, cycles) => sum + cycles, 0);
  return FORMS.map((form) => {
    const found = Array.from({ length: seeds }, (_, seed) => {
      const choice = new Choice(run, seed + 1, firstOf(form, keepsNothing));
      const costs = new Map<number, { cycles: number }>();
      const measure = (positions: Iterable<number>) => {
        for (const p of positions) costs.set(p, { cycles: measured[form][p] });
      };
      measure(choice.chosen);
      const { found: result, measured: positions } = narrow(run, choice, costs, measure);
      return { ...result, positions: positions.length };
    });
    const most = (of: (one: ReturnType<typeof estimate> & { positions: number }) => number) =>
      found.reduce((largest, one) => Math.max(largest, of(one)), 0);
    const mean = (of: (one: (typeof found)[number]) => number) =>
      found.reduce((s, one) => s + of(one), 0) / seeds;
    return {
      name,
      form,
      seeds,
      inside: found.filter((one) => Math.abs(one.total - total) <= one.halfWidth).length,
      halfWidth: mean((one) => one.halfWidth / one.total),
      widest: most((one) => one.halfWidth / one.total),
      error: most((one) => Math.abs(one.total - total) / total),
      positions: mean((one) => one.positions),
      transient: transient[form],
    };
  });
}
