import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { nearest } from '../../sim/asm/nearest.js';
import { UsageError } from '../../sim/machine/errors.js';
import type { Experiment } from '../api.js';

/** An experiment and how the command line names it. */
export interface Loaded {
  readonly experiment: Experiment;
  readonly source: string;
}

const shipped = dirname(dirname(fileURLToPath(import.meta.url)));

/** The experiments of the package, in the order of their numbers. */
export async function shippedExperiments(): Promise<Loaded[]> {
  const files = readdirSync(shipped)
    .filter((name) => /^\d\d-[\w-]+\.js$/.test(name))
    .sort();
  const found = await Promise.all(
    files.map((name) => experimentsIn(pathToFileURL(join(shipped, name)).href)),
  );
  return found.flat().map((experiment) => ({ experiment, source: experiment.name }));
}

/** By name (`02-endian`, `endian` or `02`), or from a file of the user's. */
export async function findExperiments(what: string): Promise<Loaded[]> {
  if (/\.[cm]?[jt]s$/.test(what))
    return (await fromFile(what)).map((experiment) => ({ experiment, source: what }));
  const all = await shippedExperiments();
  const found = all.find(({ experiment: { name } }) =>
    [name, name.slice(3), name.slice(0, 2)].includes(what),
  );
  if (found !== undefined) return [found];
  const names = all.map(({ experiment }) => experiment.name);
  const close = nearest(what, [...names, ...names.map((name) => name.slice(3))]);
  throw new UsageError(
    `unknown experiment '${what}': choose ${names.join(', ')}, or a .ts file` +
      `${close === undefined ? '' : ` (nearest: ${close})`}`,
  );
}

/** Bundles the user's file with what it imports; `xenon-sim` is this package, wherever the file lies. */
async function fromFile(file: string): Promise<Experiment[]> {
  if (!existsSync(file)) throw new UsageError(`experiment file not found: ${file}`);
  const { build } = await import('esbuild');
  const folder = mkdtempSync(join(tmpdir(), 'xenon-experiment-'));
  try {
    const outfile = join(folder, 'experiment.mjs');
    const api = pathToFileURL(join(shipped, 'api.js')).href;
    await build({
      entryPoints: [resolve(file)],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      sourcemap: 'inline',
      logLevel: 'silent',
      // Packages that call require need one.
      banner: {
        js: "import { createRequire as xenonRequire } from 'node:module'; const require = xenonRequire(import.meta.url);",
      },
      plugins: [
        {
          name: 'xenon-sim',
          setup: (bundler) =>
            bundler.onResolve({ filter: /^xenon-sim$/ }, () => ({ path: api, external: true })),
        },
      ],
    }).catch((error: Error) => {
      throw new UsageError(`${file} cannot be compiled: ${error.message}`);
    });
    const found = await experimentsIn(pathToFileURL(outfile).href).catch((error: Error) => {
      throw new UsageError(`${file} cannot be loaded: ${error.message}`);
    });
    if (found.length > 0) return found;
    throw new UsageError(
      `${file} exports no experiment: export default experiment({ ... }) from 'xenon-sim'`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function experimentsIn(url: string): Promise<Experiment[]> {
  const exported = Object.values((await import(url)) as Record<string, unknown>);
  const found = exported.filter(
    (value): value is Experiment =>
      typeof value === 'object' &&
      value !== null &&
      'schema' in value &&
      value.schema === 'xenon-experiment-definition/1',
  );
  for (const { name } of found) {
    if (!/^[\w][\w.-]*$/.test(name)) {
      throw new UsageError(`'${name}' names a folder: use letters, digits, '-', '_' and '.'`);
    }
  }
  return [...new Set(found)];
}
