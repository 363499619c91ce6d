import type { ClientHttp2Session } from "node:http2";
import { SallyportError, type Limits } from "@sallyport/bus";
import { openExchange, type Exchange } from "./exchange.js";
import { openSession, type Place } from "./session.js";

/** A connection to one server. The next call makes it again when it broke; calls under way fail then. */
export interface RpcClient {
  /** `path`: `/demo.Demo/Upper`. `timeoutMs`: told to the server, Infinity for none. */
  open(path: string, timeoutMs: number): Exchange;
  /** Resolves when the server speaks HTTP/2. Rejects `unavailable` at the first failure, or with the signal's reason. */
  ready(signal: AbortSignal): Promise<void>;
  /** Resolves when the server's end of the connection answers; never while the server does nothing at all. */
  ping(): Promise<void>;
  /** Cancels what is under way. */
  close(): void;
}

export interface RpcTarget extends Place {
  readonly limits: Pick<Limits, "frameBytes">;
  /** Sent along with each call. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** For people: where it is. */
  readonly where: string;
}

export function connect({ limits, metadata = {}, where, ...place }: RpcTarget): RpcClient {
  let session: ClientHttp2Session | undefined;
  let closed = false;

  const current = (): ClientHttp2Session => {
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    const fresh = openSession(place);
    session = fresh;
    // Its calls may end in peace; new ones go to another connection.
    fresh.once("goaway", () => {
      if (session === fresh) session = undefined;
    });
    return fresh;
  };
  return {
    open(path, timeoutMs) {
      if (closed) throw new SallyportError("unavailable", "the connection to the plugin is closed");
      return openExchange(current(), { path, timeoutMs, metadata, mostBytes: limits.frameBytes });
    },
    ready: (signal) =>
      new Promise((resolve, reject) => {
        const fresh = current();
        let why = "";
        const settle = (act: () => void): void => {
          signal.removeEventListener("abort", giveUp);
          act();
        };
        const giveUp = (): void => settle(() => reject(signal.reason as Error));
        signal.addEventListener("abort", giveUp);
        if (signal.aborted) return giveUp();
        fresh.once("remoteSettings", () => settle(resolve));
        fresh.once("error", (error: Error) => {
          why = `: ${error.message.slice(0, 200)}`;
        });
        fresh.once("close", () => settle(() => reject(new SallyportError("unavailable", `no gRPC server answers at ${where}${why}`))));
      }),
    ping: () =>
      new Promise((resolve) => {
        // Without a connection there is nobody to ask: the next call makes one, or fails.
        if (session === undefined || session.closed || session.destroyed || session.connecting) return resolve();
        session.ping((error) => {
          if (error === null) resolve();
        });
      }),
    close() {
      closed = true;
      // Its streams end with it, and each tells its caller.
      session?.destroy();
    },
  };
}
