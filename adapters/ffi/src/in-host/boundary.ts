import { createQueue } from "@sallyport/bridge";
import { boundsOf, createBytes, createFrameReader, createFrameWriter, FRAME_BYTES_BEFORE_HELLO, jsonCodec, msgpackCodec, toErrorObject, type Frame } from "@sallyport/bus";
import type { Boundary, Exit, HostEnd, OpenRequest } from "@sallyport/kernel";
import type { Library } from "../native/library.js";
import { asError, Refused } from "../refusal.js";

const CODECS = { json: { codec: jsonCodec, before: 0, after: 1 }, msgpack: { codec: msgpackCodec, before: 4, after: 0 } } as const;
const NEWLINE = 0x0a;

/** A library in this process. It is never called within a call of its own, nor is the kernel. */
export function createInHostBoundary(library: Library, { source, limits }: OpenRequest, host: HostEnd): Boundary {
  const { codec, before, after } = CODECS[library.codec];
  const toHost = createQueue<Frame>((frame) => {
    try {
      host.receive(frame);
    } catch (thrown) {
      // What one plugin sent must never end the host: a frame that it cannot take is the plugin's end.
      fail(thrown);
    }
  });
  const toLibrary = createQueue<Uint8Array>((frame) => calling(() => library.receive(frame)));
  const reader = createFrameReader({ codec, maxBytes: FRAME_BYTES_BEFORE_HELLO, onFrame: (frame) => toHost.push(frame) });
  const writer = createFrameWriter(codec);
  const out = createBytes(1024);
  let ended = false;
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  let settle: (exit: Exit) => void = () => {};
  const exited = new Promise<Exit>((resolve) => (settle = resolve));

  const finish = (exit: Exit): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    toLibrary.close();
    toHost.close();
    try {
      library.stop();
    } catch {
      // It has nothing to say any more.
    }
    settle(exit);
  };
  const fail = (thrown: unknown): void => finish({ error: toErrorObject(thrown instanceof Refused ? asError(thrown.refusal, source.name) : thrown) });
  /** What it sent before its end still arrives, as it does through a pipe. */
  const leave = (): void => {
    clearTimeout(timer);
    toLibrary.close();
    void toHost.idle().then(() => finish({ exitCode: 0 }));
  };
  const calling = (call: () => void): void => {
    if (over || ended) return;
    try {
      call();
      if (fault !== undefined) fail(fault);
      else if (ended) leave();
    } catch (thrown) {
      fail(thrown);
    }
  };
  let fault: unknown;
  const faulty = (thrown: unknown): void => {
    fault ??= thrown;
    // From another thread it comes outside of every call.
    queueMicrotask(() => fail(fault));
  };
  const start = (): void => library.start({
    send(frame) {
      if (over || ended || fault !== undefined) return;
      try {
        reader.push(framed(frame));
      } catch (thrown) {
        faulty(thrown);
      }
    },
    end: () => void (ended = true),
    timer(ms) {
      clearTimeout(timer);
      timer = ms === undefined || over ? undefined : setTimeout(() => calling(() => library.wake()), ms);
    },
    log: (level, text) => host.log(level, text),
    fault: faulty,
  });
  const framed = (frame: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(before + frame.length + after);
    bytes.set(frame, before);
    if (before > 0) new DataView(bytes.buffer).setUint32(0, frame.length);
    if (after > 0) bytes[before + frame.length] = NEWLINE;
    return bytes;
  };

  calling(start);
  return {
    label: "this process",
    exited,
    send(frame) {
      if (over) return true;
      out.size = 0;
      writer.write(frame, out, limits.frameBytes);
      toLibrary.push(out.bytes.slice(before, out.size - after));
      // The hello tells the library how large its frames may be: from here on they may be.
      if (frame.t === "hello") {
        reader.allow(limits.frameBytes, boundsOf(limits));
        writer.bound(boundsOf(limits));
      }
      return true;
    },
    end: leave,
    async kill() {
      finish({});
      return exited;
    },
    async [Symbol.asyncDispose]() {
      finish({});
    },
  };
}
