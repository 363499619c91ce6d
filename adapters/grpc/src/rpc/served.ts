import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Ended } from "../status.js";
import { createMessageReader, framed } from "./messages.js";
import { STATUS, trailersOf } from "./trailers.js";

/** One call that came in: a request, messages back one at a time, and a status. */
export interface Served {
  /** `/demo.Demo/Upper`. */
  readonly path: string;
  /** What its caller leaves for it; Infinity where that is not said. */
  readonly timeoutMs: number;
  /** Aborted when its caller gave up, or its connection ended; and after its end. */
  readonly signal: AbortSignal;
  /** Its only message; or why there is none. */
  request(): Promise<Uint8Array | Ended>;
  /** Resolves when the transport has taken it: a caller that does not read holds the sender back. */
  send(message: Uint8Array): Promise<void>;
  end(how: Ended): void;
}

/** So long a request may be on its way, ms: what is not there by then keeps a place that others need. */
const REQUEST_MS = 10_000;
/** So long an answer may lie there unread. */
const UNREAD_MS = 10_000;
const TYPE = /^application\/grpc(\+proto)?(;.*)?$/;
const UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Nothing that comes on the stream is read before it is asked for. */
export function openServed(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, mostBytes: number): Served {
  const messages = createMessageReader(mostBytes);
  const over = new AbortController();
  let wake: () => void = () => {};
  let taken: () => void = () => {};
  const giveUpAfter = (ms: number): NodeJS.Timeout => setTimeout(() => quietly(() => stream.close(constants.NGHTTP2_CANCEL)), ms).unref();
  const open = (): boolean => !stream.destroyed && !stream.closed && !stream.writableEnded;
  let patience = giveUpAfter(REQUEST_MS);
  stream.on("error", () => {});
  stream.on("readable", () => wake());
  stream.on("end", () => wake());
  stream.on("close", () => {
    clearTimeout(patience);
    over.abort();
    taken();
    wake();
  });

  let only: Uint8Array | undefined;
  const next = (): Uint8Array | Ended | undefined => {
    for (;;) {
      const what = messages.next();
      if (what instanceof Uint8Array) {
        if (only !== undefined) return { code: STATUS.internal, details: "the call has more than one request" };
        only = what;
      } else if (what !== undefined) return what;
      else if (stream.readableEnded) return only !== undefined && !messages.partial ? only : { code: STATUS.internal, details: "the call ended before its request did" };
      else if (stream.destroyed) return { code: STATUS.cancelled, details: "the call was given up" };
      else {
        const chunk = stream.read() as Uint8Array | null;
        if (chunk === null) return undefined;
        messages.push(chunk);
      }
    }
  };

  return {
    path: String(headers[":path"]),
    timeoutMs: timeoutIn(headers),
    signal: over.signal,
    async request() {
      const wrong = refusalOf(headers);
      if (wrong !== undefined) return wrong;
      for (;;) {
        const what = next();
        if (what !== undefined) {
          clearTimeout(patience);
          return what;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    send: (message) =>
      new Promise((resolve) => {
        if (!open()) return resolve();
        taken = resolve;
        quietly(() => {
          if (!stream.headersSent) stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
          stream.write(framed(message), () => resolve());
        });
      }),
    end(how) {
      if (!open()) return;
      clearTimeout(patience);
      patience = giveUpAfter(UNREAD_MS);
      quietly(() => {
        if (stream.headersSent) {
          stream.once("wantTrailers", () => quietly(() => stream.sendTrailers(trailersOf(how))));
          stream.end();
          return;
        }
        stream.respond({ ":status": 200, "content-type": "application/grpc", ...trailersOf(how) }, { endStream: true });
        // What it still sends is thrown away: a reset would overtake the status in some releases of Node.
        stream.removeAllListeners("readable");
        stream.resume();
      });
    },
  };
}

/** A stream that ended a moment ago refuses whatever is done to it; its close tells whoever waits. */
function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // As above.
  }
}

function refusalOf(headers: IncomingHttpHeaders): Ended | undefined {
  if (headers[":method"] !== "POST" || !TYPE.test(headers["content-type"] ?? "")) return { code: STATUS.internal, details: "this is a server of gRPC alone" };
  const encoding = headers["grpc-encoding"];
  return encoding === undefined || encoding === "identity" ? undefined : { code: STATUS.unimplemented, details: "messages are taken as they are, and not compressed" };
}

/** One that cannot be read is none. */
function timeoutIn(headers: IncomingHttpHeaders): number {
  const said = headers["grpc-timeout"];
  const [, digits = "", unit = ""] = (typeof said === "string" && /^([0-9]{1,8})([HMSmun])$/.exec(said)) || [];
  return digits === "" ? Infinity : Math.max(Math.ceil(Number(digits) * (UNITS[unit] as number)), 1);
}
