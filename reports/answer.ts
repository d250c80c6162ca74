import { max } from 'd3';
import { byOperation, isLoading } from './charts/ops.js';
import { kernelsText } from './command.js';
import { duration, NB, number3, percent, plural } from './format.js';
import type { EndianComparison, RunResult } from './results.js';

/** The headline of a run in words; every form of report says the same. */

const MACHINES: Readonly<Record<string, string>> = { xbox360: 'an Xbox 360' };

export function machineName({ machine }: RunResult): string {
  if (typeof machine.title === 'string') return machine.title;
  return MACHINES[machine.preset] ?? machine.preset;
}

/** Whether the run was timed; a functional one only computes. */
export const isTimed = (run: RunResult): boolean => run.simulated.cycles > 0;

export const question = (run: RunResult): string =>
  `How fast does ${machineName(run)} run ${run.model.name}?`;

/** What to know of a run that was ended early. */
export const interruption = ({ simulated: s, settings }: RunResult): string =>
  `Interrupted after ${s.positionsForwarded} of ${settings.steps} positions; all numbers are of those.`;

/** The answer in one sentence: the number, and the rest of the sentence. */
export function answer(run: RunResult): { readonly number: string; readonly rest: string } {
  const { simulated: s, settings } = run;
  const how = `on ${plural(settings.threads, 'hardware thread')} with ${kernelWords(settings.kernels)}`;
  if (!isTimed(run)) {
    return {
      number: 'Not timed:',
      rest: `${settings.mode} mode computes the text but no cycles.`,
    };
  }
  if (!(s.tokensPerSecond > 0)) {
    return { number: duration(s.seconds), rest: `for ${plural(s.positionsForwarded, 'position')} ${how}.` };
  }
  const ops = run.ops.filter((op) => !isLoading(op));
  const [top] = byOperation(ops);
  const total = ops.reduce((sum, o) => sum + o.cycles, 0);
  const where =
    top === undefined ? '' : `; ${top.op} takes ${percent(top.cycles, total)} of the thread-cycles`;
  const bus =
    s.readPercentOfPeak > 0 ? `, and reads fill ${percent(s.readPercentOfPeak, 100)} of the bus` : '';
  return { number: `${number3(s.tokensPerSecond)} tokens per second`, rest: `${how}${where}${bus}.` };
}

/** `vmx128 kernels (sample scalar)`. */
function kernelWords(kernels: Readonly<Record<string, string>>): string {
  const [main, ...others] = kernelsText(kernels).split(',');
  const but = others.length > 3 ? 'most of them' : others.map((o) => o.replace('=', NB)).join(', ');
  return `${main} kernels${but === '' ? '' : ` (${but})`}`;
}

/** What the comparison of endian strategies says, in sentences. */
export function endianAnswer(comparison: readonly EndianComparison[]): string {
  const published = comparison.filter((c) => c.strategy !== 'offline');
  if (published.length < 2) return '';
  const soonest = published.reduce((a, b) => (b.timeToFirstTokenSeconds < a.timeToFirstTokenSeconds ? b : a));
  // Of those as good as the fastest, the one that starts first.
  const most = max(published, (c) => c.tokensPerSecond) ?? 0;
  const fastest = published
    .filter((c) => c.tokensPerSecond >= 0.995 * most)
    .reduce((a, b) => (b.timeToFirstTokenSeconds < a.timeToFirstTokenSeconds ? b : a));
  const soon = duration(soonest.timeToFirstTokenSeconds);
  const first = `With the file as published, ${soonest.strategy} has the first token soonest, after ${soon}`;
  if (fastest === soonest) return `${first}, and no other strategy is faster afterwards.`;
  const gain = 1 / soonest.tokensPerSecond - 1 / fastest.tokensPerSecond;
  const cost = fastest.timeToFirstTokenSeconds - soonest.timeToFirstTokenSeconds;
  const even = plural(Math.ceil(cost / gain), 'token');
  return (
    `${first}; ${fastest.strategy} is fastest afterwards with ${number3(fastest.tokensPerSecond)} tokens ` +
    `per second and makes up for its ${duration(cost)} longer start after ${even}.`
  );
}
