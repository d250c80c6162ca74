import seedrandom from 'seedrandom';
import type { GuestProgram } from '../../models/program.js';
import type { Interval, PositionCost } from '../../reports/results.js';
import type { Machine } from '../../sim/machine/resolve.js';
import type { FedPosition, GuestRun } from '../run/guest-run.js';
import type { PassCost } from '../run/pass-cost.js';
import { combined } from '../run/pass-cost.js';
import type { RunRequest } from '../run/request.js';
import { Choice, range } from './choose.js';
import { CONFIDENCE, type Estimate, estimate, type Run, weightsOf } from './estimate.js';

/** Positions are added until the interval's half is at most this part of the cycles. */
const HALF_WIDTH = 0.01;
/**
 * Positions measured at first. Where the caches keep something, so many that rounds out of order are seldom needed:
 * what a cache keeps that the model just fits depends on all that came before.
 */
const FIRST = { text: { drawing: 8, prompt: 2 }, skipping: { drawing: 5, prompt: 1 } };
const FIRST_KEEPING = { drawing: 40, prompt: 4 };
export type Form = keyof typeof FIRST;
export const FORMS = Object.keys(FIRST) as Form[];
export const firstOf = (form: Form, keepsNothing: boolean) => (keepsNothing ? FIRST[form] : FIRST_KEEPING);
/** Weights of so many times the L2 cache leave nothing in it from one position to the next. */
const MANY_CACHES = 4;
/** Positions at the beginning while what stays in the caches gathers there; all are measured. */
const EARLY = 4;
/**
 * Positions that warm the caches before one that is gone to out of order: what they hold is that of another position,
 * and replacement forgets slowly.
 */
export const RUN_IN = 4;

export interface SampledRun {
  readonly tokens: readonly number[];
  readonly interval: Interval;
}

/** Runs with some positions in detail, and estimates the whole. */
export async function sample(
  run: GuestRun,
  request: RunRequest,
  prompt: readonly number[],
  steps: number,
  program: GuestProgram,
  machine: Machine,
): Promise<SampledRun> {
  const costs = new Map<number, PassCost>();
  const { planned, keepsNothing } = planRun(program, machine, prompt.length, steps);
  const skips = request.skipTokens === true;
  const choice = new Choice(planned, request.seed, firstOf(skips ? 'skipping' : 'text', keepsNothing));
  let tokens: readonly number[];
  let fed: readonly number[];
  if (skips) {
    tokens = [];
    fed = randomTokens(request.seed, steps, program.shape.vocabulary);
    fillCache(program, run.bytes, request.seed);
  } else {
    const sampling = {
      isMeasured: (position: number) => choice.chosen.has(position),
      note: (position: number, cost: PassCost) => costs.set(position, cost),
    };
    tokens = await run.generate(prompt, steps, sampling);
    fed = tokens;
  }
  const whole = { ...planned, count: skips ? steps : run.positions.length };
  let last = -1;
  const measure = (position: number): void => {
    // Where nothing stays in the caches, or they are as the position before left them, nothing has to come before.
    const isReady = keepsNothing || (last === position - 1 && costs.has(last));
    costs.set(position, run.visit(withRunIn(whole, fed, position, isReady ? 0 : RUN_IN)));
    last = position;
  };
  if (skips) for (const position of ascending(choice.chosen)) measure(position);
  const { measured, found } = narrow(whole, choice, costs, measure);
  const positions = Array.from(
    { length: whole.count },
    (_, position) => run.positions[position] ?? { position, token: fed[position], piece: '' },
  );
  adopt(run, machine, whole, costs, positions);
  return { tokens, interval: intervalOf(found, measured.length, whole, costs.get(0)!, machine) };
}

/** What a run's positions are, and whether no cache keeps anything from one of them to the next. */
export function planRun(
  program: GuestProgram,
  machine: Machine,
  promptTokens: number,
  steps: number,
): { readonly planned: Run; readonly keepsNothing: boolean } {
  const keepsNothing = program.fileBytes >= MANY_CACHES * machine.l2.sizeBytes;
  return {
    planned: { count: steps, drawsFrom: promptTokens - 1, exact: keepsNothing ? 1 : EARLY },
    keepsNothing,
  };
}

/** A position and up to `runIn` before it. */
export const withRunIn = (
  { drawsFrom }: Run,
  fed: readonly number[],
  position: number,
  runIn: number,
): FedPosition[] =>
  range(Math.max(0, position - runIn), position + 1).map((p) => ({
    position: p,
    token: fed[p],
    draws: p >= drawsFrom,
  }));

/** Measures more positions until the interval is narrow enough or none is left; `measure` adds to `costs`. */
export function narrow(
  whole: Run,
  choice: Choice,
  costs: ReadonlyMap<number, Pick<PassCost, 'cycles'>>,
  measure: (position: number) => void,
): { readonly measured: readonly number[]; readonly found: Estimate } {
  for (;;) {
    const measured = ascending(costs.keys());
    const cycles = measured.map((p) => costs.get(p)!.cycles);
    const found = estimate(whole, measured, cycles);
    const isNarrow = found.halfWidth <= HALF_WIDTH * found.total;
    const more = isNarrow ? [] : choice.more(Math.ceil(measured.length / 2), whole.count);
    if (more.length === 0) return { measured, found };
    for (const position of more) measure(position);
  }
}

function adopt(
  run: GuestRun,
  machine: Machine,
  whole: Run,
  costs: ReadonlyMap<number, PassCost>,
  positions: readonly Pick<PositionCost, 'position' | 'token' | 'piece'>[],
): void {
  const measured = ascending(costs.keys());
  const all = measured.map((p) => costs.get(p)!);
  const weights = weightsOf(whole, measured);
  const estimated = positions.map(({ position, token, piece }) => {
    const { cycles, dramReadBytes } = combined(all, weights.at(position));
    const isEstimated = costs.has(position) ? {} : { estimated: true };
    return { position, token, piece, seconds: cycles / machine.clock, dramReadBytes, ...isEstimated };
  });
  run.adopt(estimated, all, weights.total);
}

function intervalOf(
  { total, halfWidth, allowance }: Estimate,
  measuredPositions: number,
  { count }: Run,
  first: PassCost,
  { clock }: Machine,
): Interval {
  const rate = (cycles: number) => ((count - 1) * clock) / (cycles - first.cycles);
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

const randomTokens = (seed: number, count: number, vocabulary: number): number[] => {
  const random = seedrandom(`skipped tokens ${seed}`);
  return Array.from({ length: count }, () => Math.floor(random() * vocabulary));
};

/** Keys and values between -1 and 1: what is kept in bytes takes them as they come, and so do scales. */
function fillCache(program: GuestProgram, memory: Uint8Array, seed: number): void {
  const random = seedrandom.xor128(`skipped cache ${seed}`);
  for (const { owner, start, bytes } of program.regions) {
    if (owner !== 'kvCache') continue;
    const view = new DataView(memory.buffer, memory.byteOffset + start, bytes);
    for (let at = 0; at + 4 <= bytes; at += 4) view.setFloat32(at, 2 * random() - 1);
  }
}
