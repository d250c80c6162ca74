import type { Kernel } from './call.js';
import type { DirectoryEntry, FileKind, FileStatus } from './file-system.js';
import { RecordWriter } from './guest-view.js';

/** When everything happened that has a date: the day the console came out, seconds since 1970. */
export const EPOCH_SECONDS = 1_132_617_600;

const KIND_BITS: Readonly<Record<FileKind, number>> = {
  pipe: 0o010000,
  device: 0o020000,
  directory: 0o040000,
  file: 0o100000,
  link: 0o120000,
};
const BLOCK = 4096;
const USER = 1000;
const STATX_BASIC = 0x7ff;

const modeOf = ({ kind, permissions }: FileStatus): number => KIND_BITS[kind] | permissions;
const sectorsOf = ({ size }: FileStatus): number => Math.ceil(size / 512);

/** struct stat of 64-bit programs, struct stat64 of 32-bit ones. */
export function writeStat(kernel: Kernel, address: number, status: FileStatus, inode: number): void {
  const { memory } = kernel;
  const times = (record: RecordWriter): void => {
    for (let i = 0; i < 3; i++) record.word(EPOCH_SECONDS).word(0);
  };
  if (memory.long === 8) {
    const record = new RecordWriter(memory, address, 144).u64(1).u64(inode).u64(1).u32(modeOf(status));
    record.u32(USER).u32(USER).u32(0).u64(0).u64(status.size).u64(BLOCK).u64(sectorsOf(status));
    return times(record);
  }
  const record = new RecordWriter(memory, address, 104).u64(1).u64(inode).u32(modeOf(status)).u32(1);
  record.u32(USER).u32(USER).u64(0).to(48).u64(status.size).u32(BLOCK).to(64).u64(sectorsOf(status));
  times(record);
}

export function writeStatx(kernel: Kernel, address: number, status: FileStatus, inode: number): void {
  const record = new RecordWriter(kernel.memory, address, 256);
  record.u32(STATX_BASIC).u32(BLOCK).u64(0).u32(1).u32(USER).u32(USER).u16(modeOf(status));
  record.to(32).u64(inode).u64(status.size).u64(sectorsOf(status)).u64(0);
  for (let i = 0; i < 4; i++) record.u64(EPOCH_SECONDS).u64(0);
  record.to(140).u32(1);
}

const ENTRY_TYPES: Readonly<Record<FileKind, number>> = {
  pipe: 1,
  device: 2,
  directory: 4,
  file: 8,
  link: 10,
};

/** As many struct linux_dirent64 as fit in `room` bytes, and how many entries they are. */
export function directoryRecords(
  entries: readonly DirectoryEntry[],
  position: number,
  room: number,
  inode: (name: string) => number,
): { bytes: Uint8Array; count: number } {
  const records: Uint8Array[] = [];
  let total = 0;
  for (const [i, { name, kind }] of entries.entries()) {
    const text = new TextEncoder().encode(name);
    const record = new Uint8Array((19 + text.length + 1 + 7) & ~7);
    if (total + record.length > room) break;
    const view = new DataView(record.buffer);
    view.setBigUint64(0, BigInt(inode(name)));
    view.setBigUint64(8, BigInt(position + i + 1));
    view.setUint16(16, record.length);
    view.setUint8(18, ENTRY_TYPES[kind]);
    record.set(text, 19);
    records.push(record);
    total += record.length;
  }
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const record of records) {
    bytes.set(record, at);
    at += record.length;
  }
  return { bytes, count: records.length };
}
