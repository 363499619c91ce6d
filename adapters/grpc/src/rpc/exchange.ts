import { constants, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";
import { SallyportError } from "@sallyport/bus";
import type { Ended } from "../status.js";
import { createMessageReader, framed } from "./messages.js";
import { notGrpc, STATUS, statusIn, statusOfReset } from "./trailers.js";

/** One call: messages each way, one at a time, and a status. All four kinds of gRPC calls are this. */
export interface Exchange {
  /** Resolves when the transport has taken it: a server that does not read holds the sender back. */
  send(message: Uint8Array): Promise<void>;
  /** No message follows. */
  finish(): void;
  /** The next message; or how it ended. Bytes are taken from the connection only now, so that nothing is kept that nobody wants yet. */
  receive(): Promise<Uint8Array | Ended>;
  /** Ends it, here at once and there by a reset of its stream. */
  cancel(): void;
}

export interface CallFacts {
  /** `/demo.Demo/Upper`. */
  readonly path: string;
  /** Told to the server; the caller keeps it. `Infinity`: none. */
  readonly timeoutMs: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly mostBytes: number;
}

/** gRPC allows eight digits. */
const MOST_DIGITS = 99_999_999;

export function openExchange(session: ClientHttp2Session, { path, timeoutMs, metadata, mostBytes }: CallFacts): Exchange {
  const messages = createMessageReader(mostBytes);
  let ended: Ended | undefined;
  let over = false;
  let wake: () => void = () => {};
  const unsent = new Set<() => void>();
  let stream: ClientHttp2Stream | undefined;

  const end = (how: Ended): void => {
    ended ??= how;
    for (const release of [...unsent]) release();
    wake();
  };
  const reset = (code: number): void => {
    if (stream !== undefined && !stream.closed) stream.close(code);
  };
  /** What follows is nobody's business any more. */
  const giveUp = (how: Ended): void => {
    over = true;
    end(how);
    reset(constants.NGHTTP2_CANCEL);
  };
  const closed = (): void => {
    const how = statusOfReset(stream?.rstCode ?? 0, !session.destroyed && !session.closed);
    // Said to be well, and cut off before all of it was read: what is missing must not look like an end.
    if (!over && ended?.code === STATUS.ok && stream?.readableEnded !== true) ended = how;
    over = true;
    end(how);
  };

  try {
    stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...(timeoutMs !== Infinity && { "grpc-timeout": timeoutOf(timeoutMs) }), ...metadata }, { endStream: false });
    stream.on("response", (headers: IncomingHttpHeaders) => {
      const status = statusIn(headers) ?? notGrpc(headers);
      if (status === undefined) return;
      ended ??= status;
      giveUp(status);
    });
    stream.on("trailers", (headers: IncomingHttpHeaders) => {
      // Messages that came before are still to be read.
      ended ??= statusIn(headers) ?? { code: STATUS.internal, details: "the plugin's server ended the call without a status" };
      wake();
    });
    stream.on("readable", () => wake());
    stream.on("end", () => {
      // Trailers of the same bytes are told in a later turn.
      setImmediate(() => {
        over = true;
        end({ code: STATUS.internal, details: "the plugin's server ended the call without a status" });
      });
    });
    stream.on("error", () => closed());
    stream.on("close", closed);
  } catch {
    // The session ended a moment ago.
    over = true;
    end(statusOfReset(0, false));
  }

  const next = (): Uint8Array | Ended | undefined => {
    for (;;) {
      const message = messages.next();
      if (message instanceof Uint8Array) return message;
      if (message !== undefined) {
        giveUp(message);
        return ended;
      }
      const chunk = over ? null : (stream?.read() as Uint8Array | null);
      if (chunk === null || chunk === undefined) break;
      messages.push(chunk);
    }
    // `ended` may be known while bytes are still on their way.
    if (!over) return undefined;
    if (messages.partial && ended?.code === STATUS.ok) return { code: STATUS.internal, details: "the plugin's server ended the call in the middle of a message" };
    return ended;
  };

  return {
    send: (message) =>
      new Promise((resolve) => {
        // How it ended is told to whoever receives.
        if (ended !== undefined || stream === undefined || stream.destroyed || stream.writableEnded) return resolve();
        const release = (): void => {
          unsent.delete(release);
          resolve();
        };
        unsent.add(release);
        stream.write(framed(message), release);
      }),
    finish() {
      if (stream !== undefined && !stream.destroyed && !stream.writableEnded) stream.end();
    },
    async receive() {
      for (;;) {
        const what = next();
        if (what !== undefined) return what;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    cancel: () => giveUp({ code: STATUS.cancelled, details: "the call was cancelled" }),
  };
}

function timeoutOf(ms: number): string {
  const whole = Math.max(Math.ceil(ms), 1);
  return whole <= MOST_DIGITS ? `${whole}m` : `${Math.min(Math.ceil(ms / 1000), MOST_DIGITS)}S`;
}

export function isMessage(what: Uint8Array | Ended): what is Uint8Array {
  return what instanceof Uint8Array;
}

/** For what a server does that its own proto file does not allow. */
export function unexpected(what: string): SallyportError {
  return new SallyportError("internal", `the plugin's server ${what}`, { help: "Give the proto files that its server was built with." });
}
