import { normalised } from './descriptors.js';
import { fail } from './errno.js';
import type { FileStatus, FileSystem, OpenFile } from './file-system.js';

/** What every process finds, whatever else there is. */

const encoder = new TextEncoder();

/** A file whose content is a text. */
const textFile = (text: string): OpenFile => {
  const content = encoder.encode(text);
  return {
    seekable: true,
    status: () => ({ kind: 'file', size: content.length, permissions: 0o444 }),
    read: (into, position) => {
      const part = content.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
    write: () => fail('EROFS'),
    truncate: () => fail('EROFS'),
    close: () => {},
  };
};

const nullDevice: OpenFile = {
  seekable: false,
  status: () => ({ kind: 'device', size: 0, permissions: 0o666 }),
  read: () => 0,
  write: (data) => data.length,
  truncate: () => fail('EINVAL'),
  close: () => {},
};

/** A file system without files. */
export const NO_FILES: FileSystem = {
  open: () => fail('ENOENT'),
  status: (path) =>
    normalised(path) === '/' ? { kind: 'directory', size: 0, permissions: 0o555 } : fail('ENOENT'),
  list: () => [],
  readLink: () => fail('ENOENT'),
  makeDirectory: () => fail('EROFS'),
  remove: () => fail('ENOENT'),
  rename: () => fail('ENOENT'),
  checkWritable: () => fail('EROFS'),
};

/** A file system with `/dev/null`, the processors of /sys and the program's own link in /proc. */
export function withSpecialFiles(inner: FileSystem, processors: number): FileSystem {
  const online = processors === 1 ? '0\n' : `0-${processors - 1}\n`;
  const files = new Map<string, () => OpenFile>([
    ['/dev/null', () => nullDevice],
    ['/sys/devices/system/cpu/online', () => textFile(online)],
    ['/sys/devices/system/cpu/possible', () => textFile(online)],
  ]);
  const links = new Map([['/proc/self/exe', '/program']]);
  return {
    ...inner,
    open: (path, request) => files.get(normalised(path))?.() ?? inner.open(path, request),
    status: (path, followLast): FileStatus => {
      const name = normalised(path);
      const target = links.get(name);
      if (target !== undefined && !followLast)
        return { kind: 'link', size: target.length, permissions: 0o777 };
      return files.get(name)?.().status() ?? inner.status(path, followLast);
    },
    readLink: (path) => links.get(normalised(path)) ?? inner.readLink(path),
  };
}
