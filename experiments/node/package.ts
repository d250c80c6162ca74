import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The folder that holds package.json, wherever the compiled code lies below it. */
export const packageRoot: string = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder))
      throw new Error('xenon-sim is not installed as a package: no package.json above it');
    folder = dirname(folder);
  }
  return folder;
})();

export function packageVersion(): string {
  return JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')).version;
}

interface Checkout {
  readonly commit?: string;
  readonly dirty?: boolean;
}
let known: Promise<Checkout> | undefined;

/** The commit this package was checked out at, and whether files differ from it; nothing where it was installed. */
export function checkout(): Promise<Checkout> {
  known ??= readCheckout().catch(() => ({}));
  return known;
}

async function readCheckout(): Promise<Checkout> {
  if (!existsSync(join(packageRoot, '.git'))) return {};
  const git = (...words: string[]) => promisify(execFile)('git', ['-C', packageRoot, ...words]);
  const [head, status] = await Promise.all([
    git('rev-parse', 'HEAD'),
    git('status', '--porcelain', '--untracked-files=no'),
  ]);
  return { commit: head.stdout.trim(), dirty: status.stdout !== '' };
}
