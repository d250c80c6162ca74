import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from './package.js';

/** The folder the compiled code lies in, whatever its name. */
const compiled = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const DECIDING = ['sim', 'models', 'experiments/run', 'experiments/sampling'];

let known: string | undefined;

/**
 * sha256 of all that decides a result besides its settings: the compiled code of sim and models and of what runs
 * them, and the guest's assembly. Two results with one hash come from the same simulator.
 */
export function codeHash(): string {
  known ??= hashOf([
    ...DECIDING.flatMap((folder) =>
      filesBelow(join(compiled, folder), /\.js$/).map(
        (path) => [`${folder}/${path}`, join(compiled, folder, path)] as const,
      ),
    ),
    ...filesBelow(join(packageRoot, 'models'), /\.(s|inc)$/).map(
      (path) => [`guest/${path}`, join(packageRoot, 'models', path)] as const,
    ),
  ]);
  return known;
}

/** Files below a folder whose name matches, as sorted paths with forward slashes. */
function filesBelow(folder: string, name: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => name.test(path))
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
}

function hashOf(files: readonly (readonly [name: string, path: string])[]): string {
  const hash = createHash('sha256');
  for (const [name, path] of files) {
    const content = readFileSync(path);
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
