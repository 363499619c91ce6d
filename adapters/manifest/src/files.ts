import { accessSync, constants, readFileSync, realpathSync, statSync, type Stats } from "node:fs";

// A start looks at a dozen files, one after the other. Each of these looks takes microseconds; asked for by way of the
// thread pool it takes ten times as long, and a plugin's start waits for all of them. Failures reject, as in fs/promises.

export async function stat(path: string): Promise<Stats> {
  return statSync(path);
}

export async function realpath(path: string): Promise<string> {
  return realpathSync.native(path);
}

export async function isExecutable(path: string): Promise<boolean> {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** For files that are known to be small and to be files. */
export async function readText(path: string): Promise<string> {
  return readFileSync(path, "utf8");
}
