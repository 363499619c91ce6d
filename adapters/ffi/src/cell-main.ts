import { Socket } from "node:net";
import { availableParallelism } from "node:os";
import process from "node:process";
import { createLookout } from "@sallyport/bus";
import { createOutput, framingOf, keepQuiet, readPreludeSync, writeAll, type Output } from "@sallyport/cell/inside";
import { EXIT_FAULT, requireHost } from "@sallyport/plugin/stdio";
import type { Head } from "./cell/head.js";
import { moveWire } from "./cell/wire.js";
import { loadKoffi } from "./native/koffi.js";
import { loadLibrary, type Listener } from "./native/library.js";
import { Refused, refusalLine } from "./refusal.js";

// The program of a cell: hands frames of the host to the library, and what it sends to the host. Bundled to dist/ffi-cell.cjs.

requireHost("This file");
keepQuiet();
run(readPreludeSync<Head>().head);

function run({ library: file, fingerprint, frameBytes, koffi: place }: Head): void {
  let output: Output | undefined;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;

  const fail = (thrown: unknown): never => {
    output?.flush();
    writeAll(2, new TextEncoder().encode(thrown instanceof Refused ? refusalLine(thrown.refusal) : `${(thrown as Error)?.stack ?? String(thrown)}\n`));
    process.exit(EXIT_FAULT);
  };
  const sure = <T>(what: () => T): T => {
    try {
      return what();
    } catch (thrown) {
      return fail(thrown);
    }
  };
  const koffi = sure(() => loadKoffi(place));
  const wire = sure(() => moveWire(koffi));
  const out = (output = createOutput(wire.output));
  const library = sure(() => loadLibrary(koffi, { file, frameBytes, fingerprint }));
  const framing = framingOf(library.codec, (frame) => {
    if (!ended) library.receive(frame);
  });

  const leave = (): never => {
    out.flush();
    sure(() => library.stop());
    process.exit(0);
  };
  /** For the calls in which it may send. */
  const talk = (call: () => void): void => {
    sure(call);
    if (ended) leave();
    out.flush();
  };
  const listener: Listener = {
    send: (frame) => {
      if (!ended) out.write(framing.wrap(frame));
    },
    end: () => void (ended = true),
    timer(ms) {
      clearTimeout(timer);
      timer = ms === undefined ? undefined : setTimeout(() => talk(() => library.wake()), ms);
    },
    log: (level, text) => {
      for (const line of text.split("\n")) writeAll(2, new TextEncoder().encode(`[${level}] ${line}\n`));
    },
    fault: fail,
  };

  out.write([new TextEncoder().encode(`SALLYPORT/1 ${library.codec}\n`)]);
  talk(() => library.start(listener));

  const input = new Socket({ fd: wire.input, readable: true, writable: false });
  const post = createLookout(availableParallelism()).post();
  input.on("data", (chunk: Uint8Array) => {
    post.met();
    talk(() => framing.push(chunk));
    // Who has just spoken mostly goes on.
    post.expect();
  });
  input.on("error", leave);
  input.on("end", leave);
}
