import process from "node:process";
import { recordCodec } from "@sallyport/bus";
import type { PluginDefinition } from "@sallyport/plugin";
import { runPlugin } from "@sallyport/plugin/runtime";
import { EXIT_FAULT, requireHost, takeStdout } from "@sallyport/plugin/stdio";
import { readSome } from "./blocking.js";
import { decodePrelude, MAX_PRELUDE_BYTES, preludeSize, type Prelude } from "./prelude.js";

export { readSome, writeAll } from "./blocking.js";
export { framingOf, type Framing } from "./framing.js";
export { createOutput, type Output } from "./output.js";

// What runs in a cell's process. A mode bundles it with its own program into one file.

/** What the kit's side of the protocol wants to know of every plugin; part of the prelude's head. */
export interface CellHead {
  readonly name: string;
  readonly version: string;
  readonly args: readonly string[];
  /** Send stacks in errors, if the host takes them. */
  readonly stack?: boolean;
}

/**
 * Serves a plugin that `load` makes of the prelude. A `load` that fails is a plugin whose `start` fails: the host hears the
 * reason in the answer to `$init`, as of any plugin.
 */
export function serveCell<Head extends CellHead>(load: (prelude: Prelude<Head>) => PluginDefinition<never> | Promise<PluginDefinition<never>>): void {
  requireHost("This file");
  keepQuiet();
  const wire = takeStdout(recordCodec);
  readPrelude<Head>((prelude, rest) => {
    const { name, version, args, stack = false } = prelude.head;
    void Promise.resolve()
      .then(() => load(prelude))
      .catch((thrown: unknown): PluginDefinition<never> => ({
        start() {
          throw thrown;
        },
      }))
      .then((definition) => {
        wire.run(runPlugin(definition, { name, version, args, stack, send: wire.send }));
        if (rest.length > 0) wire.push(rest);
      });
  });
}

/** Where --disable-sigusr1 does not exist, SIGUSR1 would open an inspector that any local user can reach. */
export function keepQuiet(): void {
  process.on("SIGUSR1", () => {});
}

/** Waits for the prelude; `rest` is what followed it. Ends the process when the host goes away before. */
export function readPrelude<Head>(ready: (prelude: Prelude<Head>, rest: Uint8Array) => void): void {
  const { stdin } = process;
  const chunks: Buffer[] = [];
  let received = 0;
  let expected: number | undefined;
  const leave = (): never => process.exit(0);
  const take = (chunk: Buffer): void => {
    chunks.push(chunk);
    received += chunk.length;
    if (expected === undefined && received >= 8) expected = checked(preludeSize(Buffer.concat(chunks)));
    if (expected === undefined || received < expected) return;
    stdin.off("data", take);
    stdin.off("end", leave);
    stdin.pause();
    const all = Buffer.concat(chunks);
    ready(decodePrelude<Head>(all.subarray(0, expected)), new Uint8Array(all.subarray(expected)));
  };
  stdin.on("data", take);
  stdin.on("end", leave);
}

/** As `readPrelude`, for a program that reads stdin itself from then on: takes not one byte more. Blocks. */
export function readPreludeSync<Head>(): Prelude<Head> {
  const start = exactly(8);
  const size = checked(preludeSize(start)) ?? 0;
  const bytes = new Uint8Array(size);
  bytes.set(start);
  bytes.set(exactly(size - start.length), start.length);
  return decodePrelude<Head>(bytes);
}

function exactly(length: number): Uint8Array {
  const out = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const read = readSome(0, out, at);
    if (read === 0) process.exit(0);
    at += read;
  }
  return out;
}

function checked(size: number | undefined): number | undefined {
  if (size === undefined || size <= MAX_PRELUDE_BYTES) return size;
  process.stderr.write(`the prelude announces ${size} bytes; this file is started by an adapter\n`);
  process.exit(EXIT_FAULT);
}
