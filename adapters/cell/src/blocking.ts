import { readSync, writeSync } from "node:fs";
import process from "node:process";

// A cell serves one plugin and has nothing else to do: it waits in the system's calls.

const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** Runs one call of the system; a pipe that does not block is asked again. */
function patiently(call: () => number): number {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(PAUSE, 0, 0, 1);
    }
  }
}

/** 0: the descriptor is at its end. */
export function readSome(descriptor: number, into: Uint8Array, at = 0): number {
  return into.length === at ? 0 : patiently(() => readSync(descriptor, into, at, into.length - at, null));
}

/** Writes all of it. Ends the process when nobody reads any more. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  try {
    for (let at = 0; at < bytes.length; ) at += patiently(() => writeSync(descriptor, bytes, at, bytes.length - at));
  } catch {
    process.exit(0);
  }
}
