import { Socket } from "node:net";
import { availableParallelism } from "node:os";
import process from "node:process";
import { createLookout } from "@sallyport/bus";
import { createOutput, framingOf, keepQuiet, readPreludeSync, writeAll } from "@sallyport/cell/inside";
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
  const koffi = loadKoffi(place);
  const wire = moveWire(koffi);
  const output = createOutput(wire.output);
  let ended = false;
  let timer: NodeJS.Timeout | undefined;

  const fail = (thrown: unknown): never => {
    output.flush();
    writeAll(2, new TextEncoder().encode(thrown instanceof Refused ? refusalLine(thrown.refusal) : `${(thrown as Error)?.stack ?? String(thrown)}\n`));
    process.exit(EXIT_FAULT);
  };
  const guarded = (what: () => void): void => {
    try {
      what();
    } catch (thrown) {
      fail(thrown);
    }
    if (ended) leave();
  };
  const leave = (): never => {
    output.flush();
    library.stop();
    process.exit(0);
  };
  const listener: Listener = {
    send: (frame) => {
      if (!ended) output.write(framing.wrap(frame));
    },
    end: () => void (ended = true),
    timer(ms) {
      clearTimeout(timer);
      timer = ms === undefined ? undefined : setTimeout(wake, ms);
    },
    log: (level, text) => {
      for (const line of text.split("\n")) writeAll(2, new TextEncoder().encode(`[${level}] ${line}\n`));
    },
    fault: fail,
  };
  const wake = (): void => {
    timer = undefined;
    guarded(() => library.wake());
    output.flush();
  };

  const library = loaded();
  const framing = framingOf(library.codec, (frame) => {
    if (!ended) library.receive(frame);
  });
  output.write([new TextEncoder().encode(`SALLYPORT/1 ${library.codec}\n`)]);
  guarded(() => library.start(listener));
  output.flush();

  const input = new Socket({ fd: wire.input, readable: true, writable: false });
  const post = createLookout(availableParallelism()).post();
  input.on("data", (chunk: Uint8Array) => {
    post.met();
    guarded(() => framing.push(chunk));
    output.flush();
    // Who has just spoken mostly goes on.
    post.expect();
  });
  input.on("error", leave);
  input.on("end", leave);

  function loaded(): ReturnType<typeof loadLibrary> {
    try {
      return loadLibrary(koffi, { file, frameBytes, fingerprint });
    } catch (thrown) {
      return fail(thrown);
    }
  }
}
