import type { ChannelCredentials } from "@grpc/grpc-js";
import { SallyportError, type Limits } from "@sallyport/bus";
import { openExchange, type Exchange } from "./exchange.js";
import { channelOptions } from "./options.js";

/** A connection to one server. It is made again by itself when it breaks; calls under way fail then. */
export interface RpcClient {
  /** `path`: `/demo.Demo/Upper`. `deadlineMs`: of the clock, Infinity for none. */
  open(path: string, deadlineMs: number): Exchange;
  /** Resolves when the server speaks HTTP/2. Rejects `unavailable` at the first failure, or with the signal's reason. */
  ready(signal: AbortSignal): Promise<void>;
  /** Cancels what is under way. */
  close(): void;
}

export interface RpcTarget {
  /** `unix:/run/x/socket`, `dns:host:port`, `ipv4:127.0.0.1:port`. */
  readonly target: string;
  /** What the server is asked for by: `localhost` for sockets of this machine. */
  readonly authority: string;
  /** The name in its certificate, where it is another. */
  readonly serverName?: string;
  readonly limits: Pick<Limits, "frameBytes">;
  /** Sent along with each call. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** For people: where it is. */
  readonly where: string;
  credentials(grpc: typeof import("@grpc/grpc-js")): ChannelCredentials;
}

export async function connect({ target, authority, serverName = authority, limits, metadata = {}, where, credentials }: RpcTarget): Promise<RpcClient> {
  const { default: grpc } = await import("@grpc/grpc-js");
  const channel = new grpc.Channel(target, credentials(grpc), channelOptions(limits, authority, serverName));
  const along = new grpc.Metadata();
  for (const [key, value] of Object.entries(metadata)) along.set(key, value);
  const open = new Set<Exchange>();
  let closed = false;

  return {
    open(path, deadlineMs) {
      const exchange = openExchange(channel, path, along, deadlineMs);
      const { receive } = exchange;
      open.add(exchange);
      return Object.assign(exchange, {
        async receive() {
          const what = await receive();
          if (!(what instanceof Uint8Array)) open.delete(exchange);
          return what;
        },
      });
    },
    ready: (signal) =>
      new Promise((resolve, reject) => {
        const { READY, TRANSIENT_FAILURE, SHUTDOWN } = grpc.connectivityState;
        const giveUp = (): void => reject(signal.reason as Error);
        signal.addEventListener("abort", giveUp, { once: true });
        const settle = (act: () => void): void => {
          signal.removeEventListener("abort", giveUp);
          act();
        };
        const look = (): void => {
          if (signal.aborted) return giveUp();
          const state = closed ? SHUTDOWN : channel.getConnectivityState(true);
          if (state === READY) return settle(resolve);
          if (state === TRANSIENT_FAILURE || state === SHUTDOWN) return settle(() => reject(new SallyportError("unavailable", `no gRPC server answers at ${where}`)));
          channel.watchConnectivityState(state, Infinity, look);
        };
        look();
      }),
    close() {
      closed = true;
      for (const exchange of open) exchange.cancel();
      open.clear();
      channel.close();
    },
  };
}
