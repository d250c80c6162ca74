import type { BenchResult } from './all.js';
import type { HostProfile } from './profile.js';

const PROFILE_NAMES: Readonly<Record<keyof HostProfile, string>> = {
  wovenCode: 'translated code with its timing',
  missPath: 'memory system behind the L1 caches',
  translate: 'translation and compilation',
  scheduling: 'scheduling, entering translated code',
  hostCalls: 'evaluator and system calls',
  other: 'everything else',
};

/** The results as tables of cells, the first row a heading. */
export function benchTables(result: BenchResult): { title: string; rows: string[][] }[] {
  const { results, native, loading, profile } = result;
  const tables = [
    {
      title: 'Million guest instructions a second, best sample',
      rows: [
        ['case', 'MIPS', 'slowest sample'],
        ...results.map((r) => [r.name, r.mips.toFixed(0), Math.min(...r.samples).toFixed(0)]),
      ],
    },
  ];
  const others: string[][] = [];
  if (native !== null) {
    others.push([
      `native product (${native.flags})`,
      `${native.nanosecondsPerMultiplyAdd.toFixed(3)} ns a multiply-add`,
    ]);
    others.push(['streaming product simulated', `${native.slowdown.toFixed(0)} times slower than native`]);
  }
  if (loading !== null)
    others.push([
      `load a checkpoint of ${loading.megabytes.toFixed(0)} MiB`,
      `${loading.seconds.toFixed(2)} s`,
    ]);
  if (others.length > 0) tables.push({ title: 'Besides', rows: [['what', 'result'], ...others] });
  if (profile !== null) {
    tables.push({
      title: 'Where host time goes in forward passes on six threads, loading not included',
      rows: [
        ['part', 'share'],
        ...Object.entries(PROFILE_NAMES).map(([key, name]) => [
          name,
          `${(100 * profile[key as keyof HostProfile]).toFixed(1)} %`,
        ]),
      ],
    });
  }
  return tables;
}

export const benchHost = ({ host, samples }: BenchResult): string =>
  `${host.processor}, ${host.cores} cores, Node ${host.node}, best of ${samples}`;

/** The results as Markdown. */
export function benchMarkdown(result: BenchResult): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const table = ([head, ...rows]: readonly string[][]) =>
    [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
  const parts = benchTables(result).map(({ title, rows }) => `## ${title}\n\n${table(rows)}\n`);
  return `# Benchmarks\n\nWritten by \`npm run bench -- --samples ${result.samples} --markdown BENCHMARKS.md\` on: ${benchHost(result)}.\n\n${parts.join('\n')}`;
}
