import { fail } from './errno.js';
import type { DirectoryEntry, FileSystem, OpenFile, OpenRequest } from './file-system.js';

/** Flags of open (asm/fcntl.h of PowerPC). */
export const OPEN = {
  accessMode: 3,
  writeOnly: 1,
  readWrite: 2,
  create: 0o100,
  exclusive: 0o200,
  truncate: 0o1000,
  append: 0o2000,
  directory: 0o40000,
  noFollow: 0o100000,
} as const;

/** Directory descriptor that stands for the current directory. */
export const AT_FDCWD = -100;
const MOST_DESCRIPTORS = 256;

/** An open file, which several descriptors may share. */
export interface Description {
  readonly path: string;
  readonly file: OpenFile;
  readonly readable: boolean;
  readonly writable: boolean;
  flags: number;
  position: number;
  users: number;
  /** Entries still to be listed of a directory, from `position` on. */
  listed?: readonly DirectoryEntry[];
}

/** Path without `.`, `..` and doubled slashes; `..` at the root stays there. */
export function normalised(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** The descriptors of a process. */
export class Descriptors {
  directory = '/';
  private readonly open = new Map<number, Description>();
  private readonly inodes = new Map<string, number>();

  constructor(
    readonly fileSystem: FileSystem,
    standard: readonly OpenFile[],
  ) {
    standard.forEach((file, n) => {
      const flags = n === 0 ? 0 : OPEN.writeOnly;
      this.open.set(n, describe(`/dev/std${n}`, file, flags));
    });
  }

  /**
   * The absolute path that a call names relative to a directory descriptor. `..` stays in it where a symbolic link
   * might stand before it: the file system resolves that.
   */
  path(directory: number, name: string): string {
    if (name === '') fail('ENOENT');
    if (name.startsWith('/')) return name;
    if (directory === AT_FDCWD) return `${this.directory}/${name}`;
    const base = this.get(directory);
    if (base.file.status().kind !== 'directory') fail('ENOTDIR');
    return `${base.path}/${name}`;
  }

  openPath(path: string, flags: number, permissions: number): number {
    const mode = flags & OPEN.accessMode;
    const request: OpenRequest = {
      read: mode !== OPEN.writeOnly,
      write: mode === OPEN.writeOnly || mode === OPEN.readWrite,
      create: (flags & OPEN.create) !== 0,
      exclusive: (flags & OPEN.exclusive) !== 0,
      truncate: (flags & OPEN.truncate) !== 0,
      noFollow: (flags & OPEN.noFollow) !== 0,
      permissions,
    };
    const number = this.free(0);
    const file = this.fileSystem.open(path, request);
    if ((flags & OPEN.directory) !== 0 && file.status().kind !== 'directory') {
      file.close();
      fail('ENOTDIR');
    }
    this.open.set(number, describe(path, file, flags));
    return number;
  }

  get(number: number): Description {
    return this.open.get(number) ?? fail('EBADF');
  }

  close(number: number): void {
    const description = this.get(number);
    this.open.delete(number);
    description.users--;
    if (description.users === 0) description.file.close();
  }

  closeAll(): void {
    for (const number of [...this.open.keys()]) this.close(number);
  }

  /** Another descriptor for the same file: the lowest free one from `from` on, or `exactly` this one. */
  duplicate(number: number, from: number, exactly = false): number {
    const description = this.get(number);
    if (from < 0 || from >= MOST_DESCRIPTORS) fail(exactly ? 'EBADF' : 'EINVAL');
    const target = exactly ? from : this.free(from);
    if (target === number) return target;
    if (this.open.has(target)) this.close(target);
    description.users++;
    this.open.set(target, description);
    return target;
  }

  /** A number that stays the same for a path during the run, and does not depend on the host. */
  inode(path: string): number {
    const key = normalised(path);
    const number = this.inodes.get(key) ?? this.inodes.size + 2;
    this.inodes.set(key, number);
    return number;
  }

  private free(from: number): number {
    for (let n = from; n < MOST_DESCRIPTORS; n++) if (!this.open.has(n)) return n;
    return fail('EMFILE');
  }
}

const describe = (path: string, file: OpenFile, flags: number): Description => ({
  path,
  file,
  readable: (flags & OPEN.accessMode) !== OPEN.writeOnly,
  writable: (flags & OPEN.accessMode) !== 0,
  flags,
  position: 0,
  users: 1,
});

/** Reads at the file's position, which moves on. */
export function readNext(description: Description, into: Uint8Array): number {
  if (!description.readable) fail('EBADF');
  if (description.file.status().kind === 'directory') fail('EISDIR');
  const count = description.file.read(into, description.position);
  description.position += count;
  return count;
}

export function writeNext(description: Description, data: Uint8Array): number {
  if (!description.writable) fail('EBADF');
  const { file } = description;
  if ((description.flags & OPEN.append) !== 0) description.position = file.status().size;
  const count = file.write(data, description.position);
  description.position += count;
  return count;
}
