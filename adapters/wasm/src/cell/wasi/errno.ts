/** Error numbers of WASI preview 1, those that are used. */
export const ERRNO = {
  success: 0, access: 2, again: 6, badf: 8, exist: 20, fault: 21, fbig: 22, ilseq: 25, inval: 28, io: 29, isdir: 31, loop: 32, mfile: 33, nametoolong: 37,
  noent: 44, nospc: 51, nosys: 52, notdir: 54, notempty: 55, notsup: 58, perm: 63, rofs: 69, spipe: 70, xdev: 75, notcapable: 76,
} as const;

/** Ends one call of WASI with a number. */
export class WasiError extends Error {
  readonly errno: number;
  constructor(errno: number) {
    super(`WASI error ${errno}`);
    this.errno = errno;
  }
}

const CODES: Readonly<Record<string, number>> = {
  EACCES: ERRNO.access, EPERM: ERRNO.perm, ENOENT: ERRNO.noent, EEXIST: ERRNO.exist, ENOTDIR: ERRNO.notdir, EISDIR: ERRNO.isdir, ENOTEMPTY: ERRNO.notempty,
  ELOOP: ERRNO.loop, EMFILE: ERRNO.mfile, ENFILE: ERRNO.mfile, ENOSPC: ERRNO.nospc, EFBIG: ERRNO.fbig, EINVAL: ERRNO.inval, ENAMETOOLONG: ERRNO.nametoolong,
  EROFS: ERRNO.rofs, EXDEV: ERRNO.xdev, EBADF: ERRNO.badf, ESPIPE: ERRNO.spipe, ENXIO: ERRNO.notsup, ERR_ACCESS_DENIED: ERRNO.access,
};

/** The number for whatever a call threw. */
export function errnoOf(thrown: unknown): number {
  if (thrown instanceof WasiError) return thrown.errno;
  // A pointer beyond the program's memory.
  if (thrown instanceof RangeError) return ERRNO.fault;
  return CODES[(thrown as NodeJS.ErrnoException).code ?? ""] ?? ERRNO.io;
}
