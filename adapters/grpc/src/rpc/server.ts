import { performServerHandshake, type ServerHttp2Session, type ServerOptions } from "node:http2";
import { createServer, type Socket } from "node:net";
import { SallyportError, type Limits } from "@sallyport/bus";
import { HEADER_BYTES, HEADER_LINES, SETTINGS_LINES } from "./bounds.js";
import { createSecuring, type Mutual } from "./secure.js";
import { openServed, type Served } from "./served.js";
import { STATUS } from "./trailers.js";

/** A gRPC server on Unix sockets, for a plugin that is trusted with nothing. */
export interface RpcServer {
  /** Listens at this path until the door is closed, and hands each call that comes there to `serve`, which never rejects. */
  open(path: string, serve: (call: Served) => Promise<void>, connected: () => void): Promise<Door>;
  /** Every door. */
  close(): void;
}

export interface Door {
  /** Removes the socket, and ends its connections with their calls. */
  close(): void;
}

export interface RpcServerOptions {
  readonly limits: Pick<Limits, "frameBytes" | "inflight" | "outgoing">;
  /** Without it plain text. */
  readonly tls?: Mutual;
}

/** Of one door: one, and some that are made again. */
const CONNECTIONS = 4;
/** Of all doors: one for each call that the plugin may serve, and those whose end is on its way. */
const SPARE = 16;
/** From a connection to the settings of its HTTP/2, which come first. */
const HELLO_MS = 5000;
/** How often a connection is asked whether it lives. */
const LOOK_MS = 5000;
/** What HTTP/2 itself may keep for one connection, beside messages that are not read yet, MiB. */
const SESSION_MB = 4;
const REJECTED = 32;

/** Bounds of Node that its types do not know yet: calls that are reset, at once and a second. Older releases have their own. */
const RESETS = { streamResetBurst: 200, streamResetRate: 33 };

export function createRpcServer({ limits, tls }: RpcServerOptions): RpcServer {
  const doors = new Set<Door>();
  const securing = tls && createSecuring(tls, HELLO_MS);
  const options: ServerOptions & typeof RESETS = {
    settings: { maxConcurrentStreams: limits.outgoing, maxHeaderListSize: HEADER_BYTES },
    maxHeaderListPairs: HEADER_LINES,
    maxSettings: SETTINGS_LINES,
    maxSessionMemory: SESSION_MB + 2 * Math.ceil(limits.frameBytes / 2 ** 20),
    maxSessionInvalidFrames: REJECTED,
    maxSessionRejectedStreams: REJECTED,
    ...RESETS,
  };
  /** Of all doors: who has one connection too many gets none, and one call too many is told so. */
  let connections = 0;
  let calls = 0;

  const begin = (socket: Socket, serve: (call: Served) => Promise<void>): ServerHttp2Session | undefined => {
    // Of a socket that ended a moment ago there is no session.
    if (socket.destroyed) return undefined;
    const session = performServerHandshake(socket, options);
    session.on("error", () => {});
    session.on("frameError", () => {});
    session.on("stream", (stream, headers) => {
      const call = openServed(stream, headers, limits.frameBytes);
      if (calls >= limits.outgoing) return call.end({ code: STATUS.resourceExhausted, details: `more than ${limits.outgoing} calls are open at once` });
      calls++;
      // Its place is free when its stream is: an answer that nobody reads takes one as well.
      stream.once("close", () => calls--);
      void serve(call);
    });
    return session;
  };

  return {
    open: (path, serve, connected) =>
      new Promise((resolve, reject) => {
        const sockets = new Set<Socket>();
        const sessions = new Set<ServerHttp2Session>();
        const speak = (socket: Socket): void => {
          const session = begin(socket, serve);
          if (session === undefined) return;
          const patience = setTimeout(() => session.destroy(), HELLO_MS).unref();
          // A connection that HTTP/2 has given up for a fault stays open and is not read any more; neither tells.
          let answered = true;
          const look = setInterval(() => {
            if (!answered) return session.destroy();
            answered = session.destroyed || !session.ping(() => (answered = true));
          }, LOOK_MS).unref();
          sessions.add(session);
          session.once("remoteSettings", () => clearTimeout(patience));
          session.once("close", () => {
            clearTimeout(patience);
            clearInterval(look);
            sessions.delete(session);
          });
        };
        const secure = securing?.(speak);
        const server = createServer((raw) => {
          raw.on("error", () => {});
          if (sockets.size >= CONNECTIONS || connections >= limits.inflight + SPARE) return void raw.destroy();
          connections++;
          sockets.add(raw);
          raw.once("close", () => {
            connections--;
            sockets.delete(raw);
          });
          connected();
          if (secure === undefined) speak(raw);
          else secure.take(raw);
        });
        const door: Door = {
          close() {
            if (!doors.delete(door)) return;
            server.close();
            for (const session of [...sessions]) session.destroy();
            for (const raw of [...sockets]) raw.destroy();
            secure?.release();
          },
        };
        doors.add(door);
        server.on("error", (error) => {
          door.close();
          reject(new SallyportError("unavailable", `the host cannot listen for the plugin's calls: ${error.message}`, { help: "Look whether its folder for sockets is still there, and how many files the host may open.", cause: error }));
        });
        server.listen(path, () => resolve(door));
      }),
    close() {
      for (const door of [...doors]) door.close();
    },
  };
}
