import { close, open, read, readdir, readFileSync, stat } from "node:fs";

/** Longer than any file that is read here. */
const MOST_BYTES = 4096;

/**
 * A small file of /proc, `undefined` when its process is gone or may not be looked at. By callbacks: `readFile` of
 * `fs/promises` takes four times as long for such a file.
 */
export function readProc(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    open(path, "r", (failed, fd) => {
      if (failed !== null) return resolve(undefined);
      const bytes = Buffer.allocUnsafe(MOST_BYTES);
      read(fd, bytes, 0, MOST_BYTES, 0, (error, count) => {
        close(fd, () => resolve(error === null ? bytes.toString("latin1", 0, count) : undefined));
      });
    });
  });
}

export function readProcSync(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

/** What Linux tells as a folder's size: of /proc/PID/fd, since 6.2, how many are in there. */
export function sizeOfProc(path: string): Promise<number> {
  return new Promise((resolve) => stat(path, (error, facts) => resolve(error === null ? facts.size : 0)));
}

export function listProc(path: string): Promise<readonly string[] | undefined> {
  return new Promise((resolve) => readdir(path, (error, names) => resolve(error === null ? names : undefined)));
}
