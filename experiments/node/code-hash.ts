import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from './package.js';

/** The folder the compiled code lies in, whatever its name. */
const compiled = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

let known: string | undefined;

/**
 * sha256 of all that decides a result besides its settings: the compiled code of sim and models, and the
 * guest's assembly. Two results with one hash come from the same simulator.
 */
export function codeHash(): string {
  known ??= hashOf([
    ...filesBelow(join(compiled, 'sim'), /\.js$/).map(
      (path) => [`sim/${path}`, join(compiled, 'sim', path)] as const,
    ),
    ...filesBelow(join(compiled, 'models'), /\.js$/).map(
      (path) => [`models/${path}`, join(compiled, 'models', path)] as const,
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
