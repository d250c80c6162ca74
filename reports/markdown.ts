import { answer, endianAnswer, interruption, isTimed, question } from './answer.js';
import { byOperation } from './charts/ops.js';
import { commandOf } from './command.js';
import { bytes, count, cpi, duration, number3, percent } from './format.js';
import { visibleText } from './markup.js';
import type { EndianComparison, RunResult } from './results.js';
import { type NamedRun, nameByDifference } from './settings.js';

/** Text of any kind as one line of Markdown that means only itself. */
export const markdownText = (text: string): string =>
  visibleText(text)
    .replace(/[\\`*_{}[\]<>#|~&]/g, (c) => `\\${c}`)
    .replace(/\s+/g, ' ');

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(' | ')} |`;
  const rule = `|${head.map((_, i) => (i === 0 ? ' --- ' : ' ---: ')).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

export const codeBlock = (text: string): string =>
  visibleText(text)
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');

/** The short form of a run's report, for a README or an issue. */
export function runMarkdown(
  run: RunResult,
  comparison: readonly EndianComparison[] = run.comparison ?? [],
): string {
  const { number, rest } = answer(run);
  const parts = [`# ${markdownText(question(run))}`, `**${markdownText(number)}** ${markdownText(rest)}`];
  if (run.interrupted) parts.push(interruption(run));
  if (run.text !== null) parts.push(`> ${markdownText(run.text)}`);
  if (isTimed(run)) {
    const groups = byOperation(run.ops);
    const total = groups.reduce((sum, g) => sum + g.cycles, 0);
    parts.push(
      markdownText(memorySentence(run)),
      markdownTable(
        ['operation', 'share', 'thread-cycles', 'instructions', 'CPI'],
        groups.map((g) => [
          g.op,
          percent(g.cycles, total),
          count(g.cycles),
          count(g.instructions),
          cpi(g.cycles, g.instructions),
        ]),
      ),
    );
  }
  if (comparison.length > 0) {
    parts.push(
      markdownText(endianAnswer(comparison)),
      markdownTable(
        ['endian strategy', 'load', 'first token', 'tokens/s', 'peak memory'],
        comparison.map((c) => [
          c.strategy,
          duration(c.loadSeconds),
          duration(c.timeToFirstTokenSeconds),
          number3(c.tokensPerSecond),
          bytes(c.peakMemoryBytes),
        ]),
      ),
    );
  }
  parts.push(codeBlock(commandOf(run)));
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** What memory gave, and what it takes by itself. */
const memorySentence = ({ simulated: s }: RunResult): string =>
  `Memory: ${number3(s.readGBPerSecond)} GB/s read, ${number3(s.readPercentOfPeak)} % of the bus's peak; a load alone ` +
  `takes ${count(s.unloadedMemoryLatencyCycles)} cycles.`;

/** Several runs as one table. */
export function runsMarkdown(runs: readonly NamedRun[]): string {
  const rows = nameByDifference(runs).map(({ name, run }) => {
    const s = run.simulated;
    const timed = [
      number3(s.tokensPerSecond),
      duration(s.loadSeconds),
      duration(s.timeToFirstTokenSeconds),
      number3(s.readGBPerSecond),
      number3(s.readPercentOfPeak),
      count(s.unloadedMemoryLatencyCycles),
    ];
    return [name, ...(isTimed(run) ? timed : timed.map(() => '–')), bytes(s.peakMemoryBytes)];
  });
  const head = ['run', 'tokens/s', 'load', 'first token', 'read GB/s', '% of bus', 'latency', 'peak memory'];
  return `${markdownTable(head, rows)}\n`;
}
