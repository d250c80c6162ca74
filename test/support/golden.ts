import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import type { ExecutionContext } from 'ava';

/**
 * Compares text with a committed file below test/. On a difference the new text is left beside it (`a-changed.svg`),
 * where both can be looked at; UPDATE_GOLDENS=1 accepts what comes out as the new golden.
 */
export function golden(t: ExecutionContext, path: string, actual: string): void {
  const file = join('test', path);
  const ending = extname(file);
  const changed = `${file.slice(0, -ending.length)}-changed${ending}`;
  rmSync(changed, { force: true });
  if (process.env.UPDATE_GOLDENS === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, actual);
  }
  const expected = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (expected === actual) {
    t.pass();
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(changed, actual);
  const what =
    expected === undefined
      ? `${file} does not exist`
      : `differs from ${file} in line ${differing(expected, actual)}`;
  t.fail(`${what}; see ${changed}, and accept it with UPDATE_GOLDENS=1`);
}

function differing(expected: string, actual: string): number {
  const lines = actual.split('\n');
  const first = expected.split('\n').findIndex((line, i) => line !== lines[i]);
  return first < 0 ? lines.length : first + 1;
}
