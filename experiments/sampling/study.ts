import seedrandom from 'seedrandom';
import { parseRequest, type RunOptions } from '../run/request.js';
import { prepare } from '../run/simulate.js';
import { Choice } from './choose.js';
import type { estimate, Run } from './estimate.js';
import { FORMS, type Form, firstOf, narrow, planRun, RUN_IN, withRunIn } from './sample.js';

/** A run whose every position is known in detail, and as it is measured when it is chosen. */
export interface StudyCase {
  readonly name: string;
  readonly run: Run;
  /** No cache keeps anything from one position to the next. */
  readonly keepsNothing: boolean;
  /** Cycles of each position in the detailed run. */
  readonly detailed: readonly number[];
  /** Cycles of each as a sampled run measures it; as in the detailed run where that was not tried. */
  readonly measured: readonly number[];
  readonly tried: number;
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
  /** How far measured positions lie from the detailed ones as a whole: a part. */
  readonly transient: number;
}

/** Runs a case in detail, then goes back to every `stride`th position as a sampled run does. */
export async function studyCase(
  name: string,
  options: RunOptions,
  stride: number,
  progress: (what: string) => void,
): Promise<StudyCase> {
  const request = parseRequest({ ...options, ignoreEos: true });
  const { run, prompt, steps, program, machine } = prepare(request, {
    onProgress: (text) => progress(`${name}: ${text()}`),
  });
  run.load();
  const detailed: number[] = [];
  const note = (_: number, { cycles }: { cycles: number }) => detailed.push(cycles);
  const tokens = await run.generate(prompt, steps, { isMeasured: () => true, note });
  const { planned, keepsNothing } = planRun(program, machine, prompt.length, steps);
  const measured = detailed.slice();
  const random = seedrandom(`study ${name}`);
  // Out of order, since a sampled run comes from anywhere.
  const order = detailed
    .map((_, position) => ({ position, key: random() }))
    .filter(({ position }) => position >= planned.exact && position % stride === 0)
    .sort((a, b) => a.key - b.key);
  for (const { position } of order) {
    const fed = withRunIn(planned, tokens, position, keepsNothing ? 0 : RUN_IN);
    measured[position] = run.visit(fed).cycles;
  }
  return { name, run: planned, keepsNothing, detailed, measured, tried: order.length };
}

/** Samples a case with many seeds. */
export function coverageOf(
  { name, run, keepsNothing, detailed, measured, tried }: StudyCase,
  seeds: number,
): Coverage[] {
  const total = detailed.reduce((sum, cycles) => sum + cycles, 0);
  const change = measured.reduce((sum, cycles, p) => sum + cycles - detailed[p], 0);
  return FORMS.map((form) => {
    const found = Array.from({ length: seeds }, (_, seed) => {
      const choice = new Choice(run, seed + 1, firstOf(form, keepsNothing));
      const costs = new Map<number, { cycles: number }>();
      const measure = (p: number) => void costs.set(p, { cycles: measured[p] });
      for (const position of choice.chosen) measure(position);
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
      transient: tried === 0 ? 0 : ((change / tried) * detailed.length) / total,
    };
  });
}
