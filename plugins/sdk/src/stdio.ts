import { availableParallelism } from "node:os";
import process from "node:process";
import {
  boundsOf, createBytes, createFrameReader, createFrameWriter, createLookout, DEFAULT_LIMITS, FRAME_BYTES_BEFORE_HELLO, fromWireLimits, handshakeLine, isSallyportError,
  type Bytes, type Codec, type Frame,
} from "@sallyport/bus";
import type { PluginRuntime } from "./runtime.js";

/** This process's stdin and stdout as a wire. */
export interface StdioWire {
  /** Queues one frame; all of a turn leave in one write. `false`: stop until the runtime's `drained`. */
  send(frame: Frame): boolean;
  /** Starts reading; ends the process with the runtime: 0 after a goodbye or the end of stdin, 70 after a fault. */
  run(runtime: PluginRuntime): void;
  /** Bytes of the host that were read before the codec was known. */
  push(chunk: Uint8Array): void;
}

/** So much leaves before the turn is over: the host begins while the rest is made. */
const WRITE_BYTES = 32 << 10;
/** So many frames leave without waiting for the rest of the turn: the other side works on them meanwhile, instead of taking turns. */
const WRITE_FRAMES = 16;
/** Buffers that were written and wait for their next turn. */
const KEPT_BUFFERS = 2;

/** Exit code for a fault of the plugin itself (EX_SOFTWARE of sysexits.h). */
export const EXIT_FAULT = 70;
/** Exit code for an executable started by hand (EX_USAGE). */
export const EXIT_USAGE = 64;

/**
 * Takes stdout for frames: from here on whatever else prints there goes to stderr, so that a stray
 * `console.log` cannot corrupt the wire. Writes the handshake line at once.
 */
export function takeStdout(codec: Codec): StdioWire {
  const { stdout, stderr, stdin } = process;
  const write = stdout.write.bind(stdout) as (bytes: Uint8Array | string, done?: () => void) => boolean;
  stdout.write = stderr.write.bind(stderr) as typeof stdout.write;
  let runtime: PluginRuntime | undefined;
  let frameBytes = FRAME_BYTES_BEFORE_HELLO;
  const writer = createFrameWriter(codec);
  const free: Bytes[] = [];
  const post = createLookout(availableParallelism()).post();
  let out = createBytes(2 * WRITE_BYTES);
  let frames = 0;
  let scheduled = false;
  /** The stream holds more than it wants: `send` answers `false` until it has drained. */
  let blocked = false;

  const reader = createFrameReader({
    codec,
    maxBytes: FRAME_BYTES_BEFORE_HELLO,
    onFrame(frame) {
      if (frame.t === "hello" && "instance" in frame) {
        const limits = fromWireLimits(frame.limits);
        frameBytes = limits.frameBytes ?? FRAME_BYTES_BEFORE_HELLO;
        reader.allow(frameBytes);
        writer.bound(boundsOf({ ...DEFAULT_LIMITS, ...limits }));
      }
      runtime?.receive(frame);
    },
  });

  const push = (chunk: Uint8Array): void => {
    post.met();
    try {
      reader.push(chunk);
    } catch (thrown) {
      fail("the host sent what is not a frame", thrown);
    }
    // Who has just spoken mostly goes on.
    post.expect();
  };
  const flush = (): void => {
    if (out.size === 0) return;
    frames = 0;
    const full = out;
    out = free.pop() ?? createBytes(2 * WRITE_BYTES);
    blocked = !write(full.bytes.subarray(0, full.size), () => {
      full.size = 0;
      if (full.bytes.length <= 2 * WRITE_BYTES && free.length < KEPT_BUFFERS) free.push(full);
    });
  };
  const flushTurn = (): void => {
    scheduled = false;
    flush();
  };
  // A host that is gone shows as EPIPE here; there is nobody left to tell.
  stdout.on("error", () => process.exit(EXIT_FAULT));
  stdout.on("drain", () => {
    blocked = false;
    runtime?.drained();
  });
  process.on("uncaughtException", (thrown) => fail("uncaught error", thrown));
  process.on("unhandledRejection", (thrown) => fail("unhandled rejection", thrown));
  write(handshakeLine(codec));

  return {
    send(frame) {
      writer.write(frame, out, frameBytes);
      if (++frames >= WRITE_FRAMES || out.size >= WRITE_BYTES) flush();
      else if (!scheduled) {
        scheduled = true;
        process.nextTick(flushTurn);
      }
      return !blocked;
    },
    push,
    run(started) {
      runtime = started;
      stdin.on("data", push);
      stdin.resume();
      stdin.on("end", () => started.close());
      stdin.on("error", () => started.close());
      void started.done.then(({ reason, error }) => {
        if (reason === "violation") return fail("the host broke the protocol", error);
        stdin.destroy();
        flush();
        write("", () => process.exit(0));
      });
    },
  };
}

function fail(what: string, thrown: unknown): never {
  // A hardened guest's errors have an empty stack.
  const { stack, message } = (thrown ?? {}) as { readonly stack?: string; readonly message?: string };
  const detail = isSallyportError(thrown) ? thrown.message : stack || message || String(thrown);
  process.stderr.write(`${what}: ${detail}\n`);
  process.exit(EXIT_FAULT);
}

/** Ends the process with a friendly sentence unless a host started it. */
export function requireHost(what: string): void {
  if (process.env["SALLYPORT_PLUGIN"] === "1") {
    const majors = (process.env["SALLYPORT_MAJORS"] ?? "1").split(",");
    if (majors.includes("1")) return;
    process.stderr.write(`${what} speaks protocol major 1; this host offers ${majors.join(", ")}. Use a plugin and a host that share one.\n`);
  } else {
    process.stderr.write(`${what} is a Sallyport plugin and is started by a host, for example: sallyport call METHOD JSON --config sallyport.json\n`);
  }
  process.exit(EXIT_USAGE);
}
