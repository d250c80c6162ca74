import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';

/** Directory of the shared test data: real models and expected outputs. */
export const SHARED = process.env.XENON_SHARED ?? join(process.cwd(), '../shared/data');

export const sharedFile = (path: string): Uint8Array => readFileSync(join(SHARED, path));
export const sharedJson = <T>(path: string): T => JSON.parse(readFileSync(join(SHARED, path), 'utf8')) as T;
export const sharedFloats = (path: string): Float32Array => {
  const bytes = Uint8Array.from(sharedFile(path));
  return new Float32Array(bytes.buffer);
};

/** `test` where the shared data is present, otherwise a skipped test whose title says why. */
export function withShared(title: string, body: (t: ExecutionContext) => void): void {
  if (existsSync(SHARED)) test(title, body);
  else test.skip(`${title} (skipped: no shared data at ${SHARED}; set XENON_SHARED)`, body);
}
