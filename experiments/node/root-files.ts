import fs from 'node:fs';
import { join } from 'node:path';
import { ERRNO, type ErrorName, fail, LinuxError } from '../../sim/linux/errno.js';
import type { FileKind, FileStatus, FileSystem, OpenFile, OpenRequest } from '../../sim/linux/file-system.js';
import { UsageError } from '../../sim/machine/errors.js';

const MOST_LINKS = 40;
const UMASK = 0o22;

const kindOf = (stats: fs.Stats | fs.Dirent): FileKind =>
  stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'directory'
      : stats.isSymbolicLink()
        ? 'link'
        : stats.isFIFO()
          ? 'pipe'
          : 'device';

const statusOf = (stats: fs.Stats): FileStatus => {
  const kind = kindOf(stats);
  return { kind, size: kind === 'directory' ? 4096 : stats.size, permissions: stats.mode & 0o777 };
};

/** Runs a call of the host; what it throws becomes the same error of the guest. */
export function asGuest<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof LinuxError || code === undefined) throw error;
    throw new LinuxError(code in ERRNO ? (code as ErrorName) : 'EIO');
  }
}

/**
 * The tree below a folder as a guest's whole file system, like chroot. Paths are resolved here, part by part:
 * symbolic links count from the guest's root, `..` ends there, and the host is only asked for paths whose every
 * part is known to be no link. Regular files and folders only.
 */
export function rootFileSystem(folder: string, writable: boolean): FileSystem {
  if (!fs.existsSync(folder) || !fs.statSync(folder).isDirectory()) {
    throw new UsageError(`--root ${folder} is not a folder`);
  }
  const root = fs.realpathSync(folder);
  const lookAt = (host: string): fs.Stats | undefined => fs.lstatSync(host, { throwIfNoEntry: false });

  /** The host's path of a guest's, and what is there; only the last part may be missing. */
  const resolve = (path: string, followLast: boolean): { host: string; stats: fs.Stats | undefined } => {
    const parts: string[] = [];
    let rest = path.split('/').filter((part) => part !== '' && part !== '.');
    let links = 0;
    let stats = lookAt(root);
    while (rest.length > 0) {
      const [part, ...after] = rest;
      rest = after;
      if (part === '..') {
        parts.pop();
        stats = lookAt(join(root, ...parts));
        continue;
      }
      if (part.length > 255) fail('ENAMETOOLONG');
      const host = join(root, ...parts, part);
      stats = lookAt(host);
      const isLast = rest.length === 0;
      if (stats === undefined) {
        if (!isLast) fail('ENOENT');
      } else if (stats.isSymbolicLink() && (!isLast || followLast || path.endsWith('/'))) {
        links++;
        if (links > MOST_LINKS) fail('ELOOP');
        const target = fs.readlinkSync(host);
        if (target.startsWith('/')) parts.length = 0;
        rest = [...target.split('/').filter((p) => p !== '' && p !== '.'), ...rest];
        stats = lookAt(join(root, ...parts));
        continue;
      } else if (!stats.isDirectory() && (!isLast || path.endsWith('/'))) fail('ENOTDIR');
      parts.push(part);
    }
    return { host: join(root, ...parts), stats };
  };
  const existing = (path: string, followLast: boolean): { host: string; stats: fs.Stats } => {
    const { host, stats } = resolve(path, followLast);
    return { host, stats: stats ?? fail('ENOENT') };
  };
  const needWritable = (): void => {
    if (!writable) fail('EROFS');
  };

  const open = (path: string, request: OpenRequest): OpenFile => {
    const { host, stats } = resolve(path, !request.noFollow && !(request.create && request.exclusive));
    if (stats === undefined && !request.create) fail('ENOENT');
    if (stats !== undefined && request.create && request.exclusive) fail('EEXIST');
    if (stats?.isSymbolicLink()) fail('ELOOP');
    if (stats !== undefined && !stats.isFile() && !stats.isDirectory()) fail('EACCES');
    if (stats === undefined || request.write || request.truncate) needWritable();
    if (stats?.isDirectory()) {
      if (request.write || request.create) fail('EISDIR');
      return folderFile(statusOf(stats));
    }
    const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_NOFOLLOW } = fs.constants;
    const access = request.write ? (request.read ? O_RDWR : O_WRONLY) : O_RDONLY;
    const flags = access | (request.create ? O_CREAT : 0) | (request.truncate ? O_TRUNC : 0) | O_NOFOLLOW;
    return regularFile(fs.openSync(host, flags, request.permissions & ~UMASK & 0o777));
  };
  return {
    open: (path, request) => asGuest(() => open(path, request)),
    status: (path, followLast) => asGuest(() => statusOf(existing(path, followLast).stats)),
    list: (path) =>
      asGuest(() =>
        fs
          .readdirSync(existing(path, true).host, { withFileTypes: true })
          .map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
      ),
    readLink: (path) =>
      asGuest(() => {
        const { host, stats } = existing(path, false);
        return stats.isSymbolicLink() ? fs.readlinkSync(host) : fail('EINVAL');
      }),
    makeDirectory: (path, permissions) =>
      asGuest(() => {
        const { host, stats } = resolve(path.replace(/\/+$/, ''), false);
        if (stats !== undefined) fail('EEXIST');
        needWritable();
        fs.mkdirSync(host, permissions & ~UMASK & 0o777);
      }),
    remove: (path, kind) =>
      asGuest(() => {
        const { host, stats } = existing(path.replace(/\/+$/, ''), false);
        needWritable();
        if (host === root) fail('EBUSY');
        if (kind === 'directory' && !stats.isDirectory()) fail('ENOTDIR');
        if (kind === 'file' && stats.isDirectory()) fail('EISDIR');
        if (kind === 'directory') fs.rmdirSync(host);
        else fs.unlinkSync(host);
      }),
    rename: (from, to) =>
      asGuest(() => {
        const source = existing(from.replace(/\/+$/, ''), false);
        const target = resolve(to.replace(/\/+$/, ''), false);
        needWritable();
        if (source.host === root || target.host === root) fail('EBUSY');
        fs.renameSync(source.host, target.host);
      }),
    checkWritable: (path) =>
      asGuest(() => {
        needWritable();
        fs.accessSync(existing(path, true).host, fs.constants.W_OK);
      }),
  };
}

function folderFile(status: FileStatus): OpenFile {
  return {
    seekable: true,
    status: () => status,
    read: () => fail('EISDIR'),
    write: () => fail('EBADF'),
    truncate: () => fail('EINVAL'),
    close: () => {},
  };
}

function regularFile(handle: number): OpenFile {
  return {
    seekable: true,
    status: () => asGuest(() => statusOf(fs.fstatSync(handle))),
    read: (into, position) =>
      asGuest(() => {
        let done = 0;
        while (done < into.length) {
          const count = fs.readSync(handle, into, done, into.length - done, position + done);
          if (count === 0) break;
          done += count;
        }
        return done;
      }),
    write: (data, position) =>
      asGuest(() => {
        let done = 0;
        while (done < data.length)
          done += fs.writeSync(handle, data, done, data.length - done, position + done);
        return done;
      }),
    truncate: (size) => asGuest(() => fs.ftruncateSync(handle, size)),
    close: () => fs.closeSync(handle),
  };
}
