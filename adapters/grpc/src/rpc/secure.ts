import { constants, type X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";

/** Who the host is, as PEM, and the one certificate that is let in; that one is known when the plugin has started. */
export interface Mutual {
  readonly key: string;
  readonly cert: string;
  peer(): X509Certificate | undefined;
}

/** TLS on connections of one socket. */
export interface Securing {
  /** Calls back once the other end has shown that it has the key of that certificate; destroys it otherwise. */
  take(raw: Socket): void;
  /** The connections that it took are gone. */
  release(): void;
}

/** Servers that listen nowhere: each makes contexts of keys, which takes more than a millisecond of the host's loop, and so they are used again. */
export function createSecuring(mutual: Mutual, handshakeMs: number): (secured: (socket: TLSSocket) => void) => Securing {
  const idle: Server[] = [];

  const make = (): Server => {
    const ca = mutual.peer()?.toString();
    const server = createServer({ key: mutual.key, cert: mutual.cert, ...(ca !== undefined && { ca }), requestCert: true, rejectUnauthorized: true, ALPNProtocols: ["h2"], minVersion: "TLSv1.2", handshakeTimeout: handshakeMs, secureOptions: constants.SSL_OP_NO_TICKET });
    server.on("tlsClientError", (_error, socket) => socket.destroy());
    return server;
  };
  return (secured) => {
    const server = idle.pop() ?? make();
    const take = (socket: TLSSocket): void => {
      socket.on("error", () => {});
      const peer = mutual.peer();
      if (peer !== undefined && socket.getPeerX509Certificate()?.raw.equals(peer.raw) === true) secured(socket);
      else socket.destroy();
    };
    server.on("secureConnection", take);
    return {
      take: (raw) => void server.emit("connection", raw),
      release() {
        server.off("secureConnection", take);
        idle.push(server);
      },
    };
  };
}
