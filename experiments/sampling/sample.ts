import seedrandom from 'seedrandom';
import { strategyOf } from '../../models/endian.js';
import type { GuestProgram } from '../../models/program.js';
import type { Interval, PositionCost } from '../../reports/results.js';
import type { Machine } from '../../sim/machine/resolve.js';
import type { GuestRun } from '../run/guest-run.js';
import type { PassCost } from '../run/pass-cost.js';
import { combined } from '../run/pass-cost.js';
import type { Prepared } from '../run/prepare.js';
import type { RunRequest } from '../run/request.js';
import { Choice } from './choose.js';
import { CONFIDENCE, type Estimate, estimate, type Run, weightsOf } from './estimate.js';
import { measureRound, noteIn, passesOf } from './rounds.js';

/** Positions are added until the interval's half is at most this part of the cycles. */
const HALF_WIDTH = 0.01;
/** Positions measured at first. */
const FIRST = { text: { drawing: 8, prompt: 2 }, skipping: { drawing: 4, prompt: 1 } };
/** The same of a skipping run where caches keep something: positions scatter more, and are cheap. */
const FIRST_OF_SMALL = { drawing: 5, prompt: 1 };
export type Form = keyof typeof FIRST;
export const FORMS = Object.keys(FIRST) as Form[];
export const firstOf = (form: Form, keepsNothing: boolean) =>
  form === 'text' || keepsNothing ? FIRST[form] : FIRST_OF_SMALL;
/** Weights of so many times the L2 cache leave nothing in it from one position to the next. */
const MANY_CACHES = 4;
/** Positions at the beginning while what stays in the caches gathers there; all are measured. */
const EARLY = 4;

export interface SampledRun {
  readonly tokens: readonly number[];
  readonly text: string;
  readonly interval: Interval;
}

/** Runs with some positions in detail, and estimates the whole. The run has loaded. */
export async function sample(prepared: Prepared, request: RunRequest): Promise<SampledRun> {
  const { run, guest, prompt, steps, program, machine, batches } = prepared;
  const costs = new Map<number, PassCost>();
  const note = noteIn(costs);
  const { planned, keepsNothing } = planRun(prepared, request);
  const skips = request.skipTokens === true;
  const choice = new Choice(planned, request.seed, firstOf(skips ? 'skipping' : 'text', keepsNothing));
  const start = keepsNothing ? undefined : guest.moment();
  let told: Pick<SampledRun, 'tokens' | 'text'> = { tokens: [], text: '' };
  if (skips) fillCache(program, guest.bytes, request.seed);
  else told = await run.generate(prompt, steps, { isMeasured: (p) => choice.chosen.has(p), note });
  const whole = { ...planned, count: skips ? steps : run.positions.length };
  const fed = skips ? randomTokens(request.seed, steps, program.shape.vocabulary) : told.tokens;
  const passes = passesOf(fed, whole.count, whole.drawsFrom, batches);
  const measure = (positions: Iterable<number>) => measureRound(run, passes, start, positions, note);
  if (skips) measure(choice.chosen);
  const { measured, found } = narrow(whole, choice, costs, measure);
  const positions = passes.flatMap(({ position: first, tokens: { length } }) =>
    fed.slice(first, first + length).map((token, i) => ({
      ...(length > 1 ? { together: length } : {}),
      ...(run.positions[first + i] ?? { position: first + i, token, piece: '' }),
    })),
  );
  adopt(run, machine, whole, costs, positions);
  return {
    tokens: told.tokens,
    text: told.text,
    interval: intervalOf(found, measured.length, run.positions, machine),
  };
}

/**
 * What a run's positions are, and whether no cache keeps anything from one of them to the next. Those of a prompt that
 * go through the layers together are all measured, and a first one that turns the weights: they lie on no line.
 */
export function planRun(
  {
    program,
    machine,
    prompt,
    steps,
    batches,
  }: Pick<Prepared, 'machine' | 'prompt' | 'steps' | 'batches'> & {
    readonly program: Pick<GuestProgram, 'fileBytes'>;
  },
  { endian }: Pick<RunRequest, 'endian'>,
): {
  readonly planned: Run;
  readonly keepsNothing: boolean;
} {
  const keepsNothing = program.fileBytes >= MANY_CACHES * machine.l2.sizeBytes;
  const turning = strategyOf(endian).lazy === true ? 1 : 0;
  const together = batches.filter((size) => size > 1).reduce((sum, size) => sum + size, 0);
  return {
    planned: {
      count: steps,
      drawsFrom: prompt.length - 1,
      exact: Math.max(keepsNothing ? 0 : EARLY, turning, together),
    },
    keepsNothing,
  };
}

/** Measures more positions until the interval is narrow enough or none is left; `measure` adds to `costs`. */
export function narrow(
  whole: Run,
  choice: Choice,
  costs: ReadonlyMap<number, Pick<PassCost, 'cycles'>>,
  measure: (positions: readonly number[]) => void,
): { readonly measured: readonly number[]; readonly found: Estimate } {
  for (;;) {
    const measured = ascending(costs.keys());
    const cycles = measured.map((p) => costs.get(p)!.cycles);
    const found = estimate(whole, measured, cycles);
    const isNarrow = found.halfWidth <= HALF_WIDTH * found.total;
    const more = isNarrow ? [] : choice.more(Math.ceil(measured.length / 2), whole.count);
    if (more.length === 0) return { measured, found };
    measure(more);
  }
}

function adopt(
  run: GuestRun,
  machine: Machine,
  whole: Run,
  costs: ReadonlyMap<number, PassCost>,
  positions: readonly Pick<PositionCost, 'position' | 'token' | 'piece' | 'together'>[],
): void {
  const measured = ascending(costs.keys());
  const all = measured.map((p) => costs.get(p)!);
  const weights = weightsOf(whole, measured);
  const estimated = positions.map(({ position, ...known }) => {
    const { cycles, dramReadBytes } = combined(all, weights.at(position));
    const isEstimated = costs.has(position) ? {} : { estimated: true };
    return { position, ...known, seconds: cycles / machine.clock, dramReadBytes, ...isEstimated };
  });
  run.adopt(estimated, all, weights.total);
}

function intervalOf(
  { total, halfWidth, allowance }: Estimate,
  measuredPositions: number,
  [first, ...others]: readonly PositionCost[],
  { clock }: Machine,
): Interval {
  const rate = (cycles: number) => others.length / (cycles / clock - first.seconds);
  const [low, high] = [total - halfWidth, total + halfWidth];
  return {
    low,
    high,
    confidence: CONFIDENCE,
    measuredPositions,
    allowance,
    tokensPerSecond: { low: rate(high), high: rate(low) },
  };
}

const ascending = (positions: Iterable<number>): number[] => [...positions].sort((a, b) => a - b);

export const randomTokens = (seed: number, count: number, vocabulary: number): number[] => {
  const random = seedrandom(`skipped tokens ${seed}`);
  return Array.from({ length: count }, () => Math.floor(random() * vocabulary));
};

/** Keys and values between -1 and 1: what is kept in bytes takes them as they come, and so do scales. */
export function fillCache(program: GuestProgram, memory: Uint8Array, seed: number): void {
  const random = seedrandom.xor128(`skipped cache ${seed}`);
  for (const { owner, start, bytes } of program.regions) {
    if (owner !== 'kvCache') continue;
    const view = new DataView(memory.buffer, memory.byteOffset + start, bytes);
    for (let at = 0; at + 4 <= bytes; at += 4) view.setFloat32(at, 2 * random() - 1);
  }
}
