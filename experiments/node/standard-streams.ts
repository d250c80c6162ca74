import fs from 'node:fs';
import { fail, LinuxError } from '../../sim/linux/errno.js';
import type { FileStatus, OpenFile } from '../../sim/linux/file-system.js';
import { asGuest } from './root-files.js';

/** Always the same, wherever the stream leads: what a program does must not depend on it. */
const PIPE: FileStatus = { kind: 'pipe', size: 0, permissions: 0o600 };

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Repeats a call on a stream that is not ready yet. */
function patiently(act: () => number): number {
  for (;;) {
    try {
      return act();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 5);
    }
  }
}

const stream = (parts: Partial<OpenFile>): OpenFile => ({
  seekable: false,
  status: () => PIPE,
  read: () => fail('EBADF'),
  write: () => fail('EBADF'),
  truncate: () => fail('EINVAL'),
  close: () => {},
  ...parts,
});

/** Standard input of this process. */
export const standardInput = (handle = 0): OpenFile =>
  stream({
    read: (into) => {
      if (into.length === 0) return 0;
      try {
        return asGuest(() => patiently(() => fs.readSync(handle, into, 0, into.length, null)));
      } catch (error) {
        // Node on some hosts reports the end so; a closed or missing input is an empty one.
        if (error instanceof LinuxError) return 0;
        if ((error as NodeJS.ErrnoException).code === 'EOF') return 0;
        throw error;
      }
    },
  });

/** Standard output or error of this process. */
export const standardOutput = (handle: number): OpenFile =>
  stream({
    write: (data) =>
      asGuest(() => {
        for (let done = 0; done < data.length; ) {
          done += patiently(() => fs.writeSync(handle, data, done, data.length - done));
        }
        return data.length;
      }),
  });

/** Collects what is written. */
export function capturedOutput(): OpenFile & { text(): string } {
  const pieces: Uint8Array[] = [];
  return {
    ...stream({
      write: (data) => {
        pieces.push(data.slice());
        return data.length;
      },
    }),
    text: () => Buffer.concat(pieces).toString('utf8'),
  };
}
