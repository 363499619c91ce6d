import { connect, constants, type ClientHttp2Session } from "node:http2";
import { connect as connectSocket, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls } from "node:tls";
import { HEADER_BYTES, HEADER_LINES, SETTINGS_LINES } from "./bounds.js";

/** Where a server is, and by which certificates; without them by plain text, which is for sockets of this machine alone. */
export interface Place {
  readonly at: { readonly path: string } | { readonly host: string; readonly port: number };
  readonly tls?: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer; readonly serverName: string };
  /** What the server is asked for by. */
  readonly authority: string;
}

/** Of one connection: what HTTP/2 itself may keep, MiB. */
const SESSION_MB = 16;
/** A network that is gone says nothing: so often the system asks, ms. */
const KEEP_ALIVE_MS = 30_000;

/**
 * One HTTP/2 connection. A server can push streams that nobody asked for, and in Node each of them is an object whose error ends
 * a program that does not listen to it; so none is wanted, and those that come all the same are refused and listened to.
 */
export function openSession({ at, tls, authority }: Place): ClientHttp2Session {
  const session = connect(`${tls === undefined ? "http" : "https"}://${authority}`, {
    createConnection: () => socketTo(at, tls),
    settings: { enablePush: false, maxHeaderListSize: HEADER_BYTES },
    maxHeaderListPairs: HEADER_LINES,
    maxSessionMemory: SESSION_MB,
    maxReservedRemoteStreams: 0,
    maxSettings: SETTINGS_LINES,
  });
  session.on("error", () => {});
  session.on("frameError", () => {});
  session.on("stream", (pushed) => {
    pushed.on("error", () => {});
    pushed.close(constants.NGHTTP2_REFUSED_STREAM);
  });
  return session;
}

function socketTo(at: Place["at"], tls: Place["tls"]): Socket {
  const where = "path" in at ? { path: at.path } : { host: at.host, port: at.port, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
  if (tls === undefined) return connectSocket(where);
  const { serverName, ...pems } = tls;
  return connectTls({ ...where, ...pems, servername: /^[0-9.]+$|:/.test(serverName) ? "" : serverName, checkServerIdentity: (_asked, shown) => checkServerIdentity(serverName, shown), ALPNProtocols: ["h2"], minVersion: "TLSv1.2" });
}
