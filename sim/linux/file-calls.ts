import type { Call, Handlers, Kernel } from './call.js';
import { AT_FDCWD, type Description, normalised, OPEN, readNext, writeNext } from './descriptors.js';
import { fail } from './errno.js';
import { directoryRecords, writeStat, writeStatx } from './file-status.js';

const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const AT_EMPTY_PATH = 0x1000;
const WRITE_OK = 2;
const LONGEST_TRANSFER = 0x7fff_f000;

/** The path in argument `n`, relative to the directory descriptor in argument `directory`. */
const pathAt = (kernel: Kernel, call: Call, n: number, directory?: number): string =>
  kernel.files.path(
    directory === undefined ? AT_FDCWD : call.int(directory),
    kernel.memory.text(call.unsigned(n)),
  );

/** What a stat call names: a path, or with AT_EMPTY_PATH the descriptor itself. */
function statusOf(kernel: Kernel, call: Call, flags: number) {
  const { files, memory } = kernel;
  const name = memory.text(call.unsigned(1));
  if (name === '' && (flags & AT_EMPTY_PATH) !== 0 && call.int(0) !== AT_FDCWD) {
    const { path, file } = files.get(call.int(0));
    return { path, status: file.status() };
  }
  const path = name === '' && (flags & AT_EMPTY_PATH) !== 0 ? files.directory : files.path(call.int(0), name);
  return { path, status: files.fileSystem.status(path, (flags & AT_SYMLINK_NOFOLLOW) === 0) };
}

function statPath(kernel: Kernel, call: Call, follow: boolean): number {
  const path = pathAt(kernel, call, 0);
  const status = kernel.files.fileSystem.status(path, follow);
  writeStat(kernel, call.unsigned(1), status, kernel.files.inode(path));
  return 0;
}

function statDescriptor(kernel: Kernel, call: Call): number {
  const { file, path } = kernel.files.get(call.int(0));
  writeStat(kernel, call.unsigned(1), file.status(), kernel.files.inode(path));
  return 0;
}

function statAt(kernel: Kernel, call: Call): number {
  const { path, status } = statusOf(kernel, call, call.int(3));
  writeStat(kernel, call.unsigned(2), status, kernel.files.inode(path));
  return 0;
}

function seek(description: Description, offset: number, whence: number): number {
  if (!description.file.seekable) fail('ESPIPE');
  const base =
    whence === 0
      ? 0
      : whence === 1
        ? description.position
        : whence === 2
          ? description.file.status().size
          : -1;
  if (base < 0 || base + offset < 0) fail('EINVAL');
  description.position = base + offset;
  return description.position;
}

/** The buffers of readv and writev. */
function* vectors(kernel: Kernel, address: number, count: number): Generator<readonly [number, number]> {
  const { memory } = kernel;
  if (count < 0 || count > 1024) fail('EINVAL');
  for (let i = 0; i < count; i++) {
    const at = address + 2 * memory.long * i;
    yield [memory.word(at), memory.word(at + memory.long)];
  }
}

function control(kernel: Kernel, call: Call): number {
  const description = kernel.files.get(call.int(0));
  switch (call.int(1)) {
    case 0: // F_DUPFD
    case 1030: // F_DUPFD_CLOEXEC
      return kernel.files.duplicate(call.int(0), call.int(2));
    case 1: // F_GETFD
    case 2: // F_SETFD
    case 6: // F_SETLK: there is no other process to lock against
    case 7:
      return 0;
    case 3: // F_GETFL
      return description.flags;
    case 4: // F_SETFL
      description.flags = (description.flags & ~OPEN.append) | (call.int(2) & OPEN.append);
      return 0;
    default:
      return fail('EINVAL');
  }
}

function list(kernel: Kernel, call: Call): number {
  const description = kernel.files.get(call.int(0));
  if (description.file.status().kind !== 'directory') fail('ENOTDIR');
  description.listed ??= [
    { name: '.', kind: 'directory' },
    { name: '..', kind: 'directory' },
    ...kernel.files.fileSystem.list(description.path),
  ];
  const rest = description.listed.slice(description.position);
  const { bytes, count } = directoryRecords(rest, description.position, call.unsigned(2), (name) =>
    kernel.files.inode(`${description.path}/${name}`),
  );
  if (count === 0 && rest.length > 0) fail('EINVAL');
  kernel.memory.room(call.unsigned(1), bytes.length).set(bytes);
  description.position += count;
  return bytes.length;
}

function readLink(kernel: Kernel, path: string, buffer: number, size: number): number {
  const target = new TextEncoder().encode(kernel.files.fileSystem.readLink(path));
  const count = Math.min(size, target.length);
  kernel.memory.room(buffer, count).set(target.subarray(0, count));
  return count;
}

function access(kernel: Kernel, path: string, mode: number): number {
  kernel.files.fileSystem.status(path, true);
  if ((mode & WRITE_OK) !== 0) kernel.files.fileSystem.checkWritable(path);
  return 0;
}

function remove(kernel: Kernel, path: string, flags: number): number {
  kernel.files.fileSystem.remove(path, (flags & AT_REMOVEDIR) !== 0 ? 'directory' : 'file');
  return 0;
}

const positioned = (kernel: Kernel, call: Call): Description => {
  const description = kernel.files.get(call.int(0));
  if (!description.file.seekable) fail('ESPIPE');
  return description;
};

function truncate(kernel: Kernel, call: Call, size: number): number {
  const { file, writable } = kernel.files.get(call.int(0));
  if (!writable || size < 0) fail('EINVAL');
  file.truncate(size);
  return 0;
}

function truncatePath(kernel: Kernel, call: Call, size: number): number {
  if (size < 0) fail('EINVAL');
  const number = kernel.files.openPath(pathAt(kernel, call, 0), OPEN.writeOnly, 0);
  kernel.files.get(number).file.truncate(size);
  kernel.files.close(number);
  return 0;
}

/** System calls on files. */
export const fileCalls: Handlers = {
  open: (k, c) => k.files.openPath(pathAt(k, c, 0), c.int(1), c.int(2)),
  openat: (k, c) => k.files.openPath(pathAt(k, c, 1, 0), c.int(2), c.int(3)),
  creat: (k, c) => k.files.openPath(pathAt(k, c, 0), OPEN.writeOnly | OPEN.create | OPEN.truncate, c.int(1)),
  close: (k, c) => {
    k.files.close(c.int(0));
    return 0;
  },
  read: (k, c) =>
    readNext(k.files.get(c.int(0)), k.memory.room(c.unsigned(1), Math.min(c.unsigned(2), LONGEST_TRANSFER))),
  write: (k, c) =>
    writeNext(
      k.files.get(c.int(0)),
      k.memory.bytes(c.unsigned(1), Math.min(c.unsigned(2), LONGEST_TRANSFER)),
    ),
  readv: (k, c) => {
    let total = 0;
    for (const [at, size] of vectors(k, c.unsigned(1), c.int(2))) {
      const count = readNext(k.files.get(c.int(0)), k.memory.room(at, size));
      total += count;
      if (count < size) break;
    }
    return total;
  },
  writev: (k, c) => {
    let total = 0;
    for (const [at, size] of vectors(k, c.unsigned(1), c.int(2))) {
      total += writeNext(k.files.get(c.int(0)), k.memory.bytes(at, size));
    }
    return total;
  },
  pread64: (k, c) => {
    const { file, readable } = positioned(k, c);
    if (!readable) fail('EBADF');
    return file.read(k.memory.room(c.unsigned(1), c.unsigned(2)), c.long(3, 4));
  },
  pwrite64: (k, c) => {
    const { file, writable } = positioned(k, c);
    if (!writable) fail('EBADF');
    return file.write(k.memory.bytes(c.unsigned(1), c.unsigned(2)), c.long(3, 4));
  },
  lseek: (k, c) => seek(k.files.get(c.int(0)), c.signed(1), c.int(2)),
  _llseek: (k, c) => {
    const offset = c.int(1) * 2 ** 32 + (c.int(2) >>> 0);
    k.memory.setU64(c.unsigned(3), seek(k.files.get(c.int(0)), offset, c.int(4)));
    return 0;
  },
  stat: (k, c) => statPath(k, c, true),
  lstat: (k, c) => statPath(k, c, false),
  fstat: statDescriptor,
  stat64: (k, c) => statPath(k, c, true),
  lstat64: (k, c) => statPath(k, c, false),
  fstat64: statDescriptor,
  newfstatat: statAt,
  statx: (k, c) => {
    const { path, status } = statusOf(k, c, c.int(2));
    writeStatx(k, c.unsigned(4), status, k.files.inode(path));
    return 0;
  },
  getdents64: list,
  readlink: (k, c) => readLink(k, pathAt(k, c, 0), c.unsigned(1), c.unsigned(2)),
  readlinkat: (k, c) => readLink(k, pathAt(k, c, 1, 0), c.unsigned(2), c.unsigned(3)),
  access: (k, c) => access(k, pathAt(k, c, 0), c.int(1)),
  faccessat: (k, c) => access(k, pathAt(k, c, 1, 0), c.int(2)),
  faccessat2: (k, c) => access(k, pathAt(k, c, 1, 0), c.int(2)),
  dup: (k, c) => k.files.duplicate(c.int(0), 0),
  dup2: (k, c) => k.files.duplicate(c.int(0), c.int(1), true),
  dup3: (k, c) => k.files.duplicate(c.int(0), c.int(1), true),
  fcntl: control,
  fcntl64: control,
  // No terminal, no device.
  ioctl: (k, c) => {
    k.files.get(c.int(0));
    return fail('ENOTTY');
  },
  fsync: (k, c) => {
    k.files.get(c.int(0));
    return 0;
  },
  ftruncate: (k, c) => truncate(k, c, c.signed(1)),
  ftruncate64: (k, c) => truncate(k, c, c.long(1, 2)),
  truncate: (k, c) => truncatePath(k, c, c.signed(1)),
  truncate64: (k, c) => truncatePath(k, c, c.long(1, 2)),
  mkdir: (k, c) => {
    k.files.fileSystem.makeDirectory(pathAt(k, c, 0), c.int(1));
    return 0;
  },
  mkdirat: (k, c) => {
    k.files.fileSystem.makeDirectory(pathAt(k, c, 1, 0), c.int(2));
    return 0;
  },
  unlink: (k, c) => remove(k, pathAt(k, c, 0), 0),
  rmdir: (k, c) => remove(k, pathAt(k, c, 0), AT_REMOVEDIR),
  unlinkat: (k, c) => remove(k, pathAt(k, c, 1, 0), c.int(2)),
  rename: (k, c) => {
    k.files.fileSystem.rename(pathAt(k, c, 0), pathAt(k, c, 1));
    return 0;
  },
  renameat: (k, c) => {
    k.files.fileSystem.rename(pathAt(k, c, 1, 0), pathAt(k, c, 3, 2));
    return 0;
  },
  renameat2: (k, c) => {
    if (c.int(4) !== 0) fail('EINVAL');
    k.files.fileSystem.rename(pathAt(k, c, 1, 0), pathAt(k, c, 3, 2));
    return 0;
  },
  getcwd: (k, c) => {
    const path = new TextEncoder().encode(`${k.files.directory}\0`);
    if (path.length > c.unsigned(1)) fail('ERANGE');
    k.memory.room(c.unsigned(0), path.length).set(path);
    return path.length;
  },
  chdir: (k, c) => {
    const path = pathAt(k, c, 0);
    if (k.files.fileSystem.status(path, true).kind !== 'directory') fail('ENOTDIR');
    k.files.directory = normalised(path);
    return 0;
  },
  umask: () => 0o22,
};
