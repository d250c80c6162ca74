import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * An experiment as a user writes it, of short runs of the shipped model: `steps` are its levels. Of two or three steps
 * translation takes most of the time, and scalar kernels have least to translate.
 */
export const experimentText = (
  steps: readonly number[],
  { name = 'mine', uncertain = [] as readonly string[], kernels = 'auto' } = {},
): string => `
import { experiment, measures, speedupOver, type RunResult } from 'xenon-sim';

const positions = (run: RunResult): number => run.simulated.positionsForwarded;

export default experiment({
  name: '${name}',
  question: 'Do more steps take longer?',
  base: { model: 'story', prompt: '', ignoreEos: true, threads: 1, kernels: '${kernels}' },
  factors: { steps: [${steps.join(', ')}], seed: [1, 2] },
  measure: {
    tokensPerSecond: measures.tokensPerSecond,
    speedup: speedupOver({ seed: 1 }),
    positions: { title: 'positions', of: positions },
  },
  show: [{ line: 'positions', x: 'steps' }, { bars: ['tokensPerSecond'] }],
  headline: {
    unit: 'positions',
    of: ({ rows }) => rows.reduce((sum, row) => sum + row.values.positions, 0),
    needs: [${uncertain.length > 0 ? `{ steps: ${steps[0]}, seed: 1 }` : ''}],
    uncertain: [${uncertain.map((path) => `'${path}'`).join(', ')}],
  },
  answer: ({ value }) => \`in all, \${value('positions', { steps: ${steps[0]}, seed: 1 })} of them in the first run.\`,
});
`;

/** Every file below a folder but those about the host, by path, as text. */
export function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile() && !path.endsWith('host.json'))
    .sort();
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}
