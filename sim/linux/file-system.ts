/** The files of a process, as the host offers them. Calls throw LinuxError. */

export type FileKind = 'file' | 'directory' | 'link' | 'pipe' | 'device';

/** What does not differ between hosts: no times, owners or inode numbers. */
export interface FileStatus {
  readonly kind: FileKind;
  readonly size: number;
  /** Permission bits. */
  readonly permissions: number;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: FileKind;
}

export interface OpenFile {
  /** Whether reads and writes have a position. */
  readonly seekable: boolean;
  status(): FileStatus;
  /** Reads at `position` (ignored when not seekable); returns the bytes read, 0 at the end. */
  read(into: Uint8Array, position: number): number;
  /** Writes all of `data` at `position`; returns its length. */
  write(data: Uint8Array, position: number): number;
  truncate(size: number): void;
  close(): void;
}

export interface OpenRequest {
  readonly read: boolean;
  readonly write: boolean;
  readonly create: boolean;
  /** With `create`: fails when the file is there. */
  readonly exclusive: boolean;
  readonly truncate: boolean;
  /** Fails when the last part of the path is a symbolic link. */
  readonly noFollow: boolean;
  readonly permissions: number;
}

/** Paths are absolute in the guest's tree; `..` and symbolic links never lead out of it. */
export interface FileSystem {
  /** Opens a file; a directory opens for reading only. */
  open(path: string, request: OpenRequest): OpenFile;
  status(path: string, followLast: boolean): FileStatus;
  /** Entries in order of their names, without `.` and `..`. */
  list(path: string): readonly DirectoryEntry[];
  readLink(path: string): string;
  makeDirectory(path: string, permissions: number): void;
  remove(path: string, kind: 'file' | 'directory'): void;
  rename(from: string, to: string): void;
  /** Throws unless the path may be written to. */
  checkWritable(path: string): void;
}
