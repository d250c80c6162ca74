/** Error numbers of Linux on PowerPC (asm-generic/errno-base.h, errno.h) that the calls here can give. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EMFILE: 24,
  ENOTTY: 25,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EPIPE: 32,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ETIMEDOUT: 110,
} as const;

export type ErrorName = keyof typeof ERRNO;

/** Leaves a system call with an error number. */
export class LinuxError extends Error {
  constructor(readonly code: ErrorName) {
    super(code);
  }

  get number(): number {
    return ERRNO[this.code];
  }
}

export const fail = (code: ErrorName): never => {
  throw new LinuxError(code);
};
