import { flatten, kernelsText, plainText } from './command.js';
import type { RunResult } from './results.js';

export interface NamedRun {
  readonly name: string;
  readonly run: RunResult;
}

export const versionOf = ({ provenance: p }: RunResult): string =>
  p === undefined ? 'not recorded' : `${p.version}, code ${p.code.slice(0, 8)}`;

/** Settings that are written in one word. */
const WORDS: Readonly<Record<string, string>> = {
  ignoreEos: 'ignore EOS',
  kvCache: 'KV cache type',
  prefillBatch: 'prefill batch',
  skipTokens: 'skip tokens',
  topP: 'top-p',
  weightsAt: 'weights at byte',
};

/** A setting as people read it. */
export const settingWords = (name: string): string => WORDS[name] ?? name;

/** One setting of several runs. */
export interface Setting {
  readonly name: string;
  /** One for each run. */
  readonly values: readonly string[];
  readonly differs: boolean;
  readonly ofMachine: boolean;
}

/** Every setting of every run, those of the machine as well; settings in which runs differ are marked. */
export function settingsOf(runs: readonly NamedRun[]): Setting[] {
  const tables = runs.map(({ run }) => {
    const { prompt, kernels, ...settings } = run.settings;
    return new Map<string, string>([
      ['model', run.model.name],
      ['model sha256', run.model.sha256],
      ['kernels', kernelsText(kernels)],
      ...Object.entries(settings).map(([key, value]): [string, string] => [key, plainText(value)]),
      ['prompt', prompt],
      ...flatten(run.machine).map(({ path, value }): [string, string] => [
        path === 'preset' ? 'machine' : `machine.${path}`,
        plainText(value),
      ]),
      ['simulator', versionOf(run)],
    ]);
  });
  const names = [...new Set(tables.flatMap((t) => [...t.keys()]))];
  return names.map((name) => {
    const values = tables.map((t) => t.get(name) ?? '–');
    return {
      name: name.replace(/^machine\./, ''),
      values,
      differs: new Set(values).size > 1,
      ofMachine: name.startsWith('machine.'),
    };
  });
}

/** Settings that tell runs apart best, the first first. */
const TELLING = [
  'model',
  'machine',
  'quant',
  'threads',
  'placement',
  'kernels',
  'endian',
  'mode',
  'steps',
  'seed',
  'overrides',
];

/**
 * Runs whose name is the hash of their directory are named by what differs between them, and by the folders before it
 * where another one has the same.
 */
export function nameByDifference(runs: readonly NamedRun[], settings = settingsOf(runs)): NamedRun[] {
  const differing = settings.filter((s) => s.differs);
  const telling = TELLING.flatMap((name) => differing.filter((s) => s.name === name)).filter(
    // The placement says nothing more where the number of threads does.
    (s, _, all) => s.name !== 'placement' || !all.some((other) => other.name === 'threads'),
  );
  const named = runs.map(({ name, run }, i) => {
    const [hash, folders = ''] = /^(?:(.*)\/)?[0-9a-f]{16}$/.exec(name) ?? [];
    const parts = [...telling.map((s) => inShort(s.name, s.values[i])), folders].filter(
      (part) => part !== '',
    );
    return { name: hash === undefined || parts.length === 0 ? name : parts.join(', '), run };
  });
  const times = (name: string) => named.filter((other) => other.name === name).length;
  return named.map(({ name, run }, i) =>
    times(name) === 1 || name === runs[i].name
      ? { name, run }
      : { name: `${name} (${runs[i].name.split('/').at(-1)!.slice(0, 6)})`, run },
  );
}

function inShort(setting: string, value: string): string {
  if (setting === 'threads') return value === '1' ? '1 thread' : `${value} threads`;
  if (setting === 'kernels') return value.split(',')[0];
  return ['steps', 'seed', 'placement'].includes(setting) ? `${setting} ${value}` : value;
}
