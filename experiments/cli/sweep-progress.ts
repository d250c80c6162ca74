import { answerParts, levelsText } from '../../reports/experiment-text.js';
import type { Progress, SweepEnd, sweep } from '../sweep/sweep.js';
import { INTERRUPTED } from './interrupt.js';
import { LiveLine } from './output.js';

/** A line for each run, and on a terminal one that says how far the set is. */
export async function withProgress(
  name: string,
  act: (observer: Parameters<typeof sweep>[2]) => Promise<SweepEnd>,
): Promise<SweepEnd> {
  const live = new LiveLine();
  const say = (text: string) => {
    live.clear();
    process.stderr.write(`${text}\n`);
  };
  const end = await act({
    onPlan: ({ total, there }) =>
      say(`${name}: ${total} runs${there > 0 ? `, ${there} of them there already` : ''}`),
    onRun: ({ levels, perturbed }, done, progress) => {
      const words = Object.entries(levels).map(([factor, level]) => `${factor} ${level}`);
      if (perturbed !== undefined) words.push(`${perturbed.path}=${perturbed.value}`);
      const outcome = 'error' in done ? `FAILED: ${done.error}` : `${done.seconds.toFixed(1)} s`;
      say(
        `[${progress.done}/${progress.total}] ${words.join(', ') || 'the run'}: ${outcome}${leftText(progress)}`,
      );
      if ('error' in done && done.stack !== undefined) say(done.stack);
    },
    onProgress: (progress) => live.update(() => progressText(name, progress())),
  });
  live.clear();
  return end;
}

function progressText(name: string, progress: Progress): string {
  const failed = progress.failed > 0 ? `, ${progress.failed} failed` : '';
  return `${name}: ${progress.done} of ${progress.total} runs${failed}, ${progress.running} running${leftText(progress)}`;
}

function leftText({ secondsLeft, done, total }: Progress): string {
  if (secondsLeft === undefined || done === total) return '';
  const seconds = Math.round(secondsLeft);
  return seconds < 90 ? `, about ${seconds} s left` : `, about ${Math.round(seconds / 60)} min left`;
}

export const statusOf = ({ failures, interrupted }: SweepEnd): number =>
  interrupted ? INTERRUPTED : failures.length > 0 ? 1 : 0;

/** The answer, or what is missing, and what failed. */
export function tell(
  name: string,
  { folder, result, missing, failures, interrupted }: SweepEnd,
  stream: NodeJS.WriteStream,
): void {
  if (interrupted) {
    process.stderr.write(
      `${name}: interrupted, ${missing} runs are missing; the same command goes on from there, and ` +
        `xenon report ${folder} shows the others\n`,
    );
  } else if (result === undefined) {
    const plural = missing === 1 ? 'run is' : 'runs are';
    stream.write(
      `${name}: ${missing} ${plural} another shard's; repeat the command without --shard to report\n`,
    );
  } else {
    const { number, interval, rest } = answerParts(result);
    const text = [number, interval, rest].filter((part) => part !== '').join(' ');
    stream.write(
      `\n${result.question}\n${text.replaceAll('\u00a0', ' ')}\nreport: ${folder}/report.html\n\n`,
    );
  }
  if (failures.length === 0) return;
  process.stderr.write(`${name}: ${failures.length} of its runs failed:\n`);
  for (const {
    run: { levels, perturbed },
    done,
  } of failures) {
    const factors = Object.keys(levels).map((factor) => ({ name: factor, levels: [] }));
    const moved = perturbed === undefined ? '' : ` with ${perturbed.path}=${perturbed.value}`;
    process.stderr.write(`  ${levelsText(factors, levels)}${moved}: ${'error' in done ? done.error : ''}\n`);
  }
}
