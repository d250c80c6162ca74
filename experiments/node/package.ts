import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

let known: { readonly commit?: string; readonly dirty?: boolean } | undefined;

/** The commit this package was checked out at, and whether files differ from it; nothing where it was installed. */
export function checkout(): NonNullable<typeof known> {
  known ??= readCheckout();
  return known;
}

function readCheckout(): NonNullable<typeof known> {
  if (!existsSync(join(packageRoot, '.git'))) return {};
  const git = (...words: string[]) => spawnSync('git', ['-C', packageRoot, ...words], { encoding: 'utf8' });
  const head = git('rev-parse', 'HEAD');
  const status = git('status', '--porcelain', '--untracked-files=no');
  if (head.status !== 0 || status.status !== 0) return {};
  return { commit: head.stdout.trim(), dirty: status.stdout !== '' };
}
