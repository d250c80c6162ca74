import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ByteSource } from '../../models/checkpoint/byte-source.js';
import { UsageError } from '../../sim/machine/errors.js';
import { packageRoot } from './package.js';

/** Opens a file for random access; a missing file or a folder is a usage error. */
export function openFile(path: string, what: string): ByteSource & { close(): void } {
  refuseNoFile(path, what);
  const handle = openSync(path, 'r');
  const size = fstatSync(handle).size;
  return {
    size,
    read(offset, length) {
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const got = readSync(handle, bytes, done, length - done, offset + done);
        if (got === 0) throw new UsageError(`${what} is truncated: ${path} ends at byte ${offset + done}`);
        done += got;
      }
      return bytes;
    },
    close: () => closeSync(handle),
  };
}

/** Reads a whole file; a missing one or a folder is a usage error. */
export function readBytes(path: string, what: string): Uint8Array {
  refuseNoFile(path, what);
  return new Uint8Array(readFileSync(path));
}

/** Reads a whole text; a file with control characters that no text has is a usage error, too. */
export function readText(path: string, what: string): string {
  const bytes = readBytes(path, what);
  if (bytes.some((b) => b < 8 || (b > 13 && b < 26))) throw new UsageError(`${what} is not text: ${path}`);
  return new TextDecoder().decode(bytes);
}

function refuseNoFile(path: string, what: string): void {
  if (!existsSync(path)) throw new UsageError(`${what} not found: ${path}`);
  if (statSync(path).isDirectory()) throw new UsageError(`${what} is a folder, a file is needed: ${path}`);
}

/** Refuses a place where a file or a folder of files cannot come to be, before the work that is meant for it. */
export function requireWritable(path: string, kind: 'file' | 'folder'): void {
  if (path === '') throw new UsageError(`no ${kind} is named to write to`);
  let folder = resolve(path);
  const isThere = existsSync(folder);
  const isFolder = isThere ? statSync(folder).isDirectory() : kind === 'folder' || path.endsWith('/');
  if (isFolder !== (kind === 'folder'))
    throw new UsageError(`${path} is ${kind === 'file' ? 'a folder' : 'no folder'}: name a ${kind} to write`);
  // Devices and pipes are written to as they are.
  if (isThere && kind === 'file' && !statSync(folder).isFile()) return;
  if (kind === 'file') folder = dirname(folder);
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    rmdirSync(mkdtempSync(join(folder, '.xenon-')));
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${refusal(error as Error)}`);
  }
}

/** What the operating system refused, in its words. */
export const refusal = ({ message }: Error): string => /^\w+: (.+?), \w+/.exec(message)?.[1] ?? message;

/** The same with the file that it was about, where that is known. */
export function refusalOf(error: Error & { readonly path?: string; readonly dest?: string }): string {
  const file = error.dest ?? error.path ?? '';
  return `${file}${file && ': '}${refusal(error)}`;
}

/**
 * Lets `write` write a file beside that takes the place of `path` when it is whole, so that a reader never sees half a
 * file, and none is left behind; straight into what is none, a device or a pipe.
 */
export function writeWhole(path: string, write: (file: string) => void): void {
  if (existsSync(path) && !statSync(path).isFile()) return write(path);
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    write(temporary);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    // The name that is asked for is the one to be told.
    throw Object.assign(error as Error, { dest: path });
  }
}

export const writeAtomically = (path: string, content: string | Uint8Array): void =>
  writeWhole(path, (file) => writeFileSync(file, content));

/** Guest assembly by its path below models/, such as `kernels/matmul.scalar.s`. */
export function kernelSource(name: string): string {
  return readFileSync(join(packageRoot, 'models', name), 'utf8');
}

/** Names `op.variant` of all guest kernels. */
export function kernelNames(): string[] {
  return readdirSync(join(packageRoot, 'models/kernels'))
    .filter((name) => name.endsWith('.s'))
    .map((name) => name.slice(0, -2))
    .sort();
}

/** sha256 of a file as hex, read in pieces. */
export function sha256(source: ByteSource): string {
  const hash = createHash('sha256');
  const piece = 1 << 22;
  for (let at = 0; at < source.size; at += piece)
    hash.update(source.read(at, Math.min(piece, source.size - at)));
  return hash.digest('hex');
}
