import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createBytes, jsonCodec, msgpackCodec, type Frame } from "@sallyport/bus";
import { WebSocketServer, type WebSocket } from "ws";

/** The plugin's side of one connection; `runPlugin` of the kit makes one. */
export interface Instance {
  receive(frame: Frame): void;
  close(): void;
  /** Resolves when it has said all. */
  readonly done: Promise<unknown>;
}

export interface ServeOptions {
  readonly codec?: "json" | "msgpack" | "other";
  /** Connections without it are refused. */
  readonly token?: string;
  start(send: (frame: Frame) => boolean): Promise<Instance>;
  /** Instead of a plugin. */
  readonly behave?: ((socket: WebSocket) => void) | undefined;
}

export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Connections that are open. */
  readonly clients: ReadonlySet<WebSocket>;
}

/** Serves a plugin over WebSocket on a free port of this machine: each connection is an instance. */
export async function serve({ codec = "msgpack", token, start, behave }: ServeOptions): Promise<Served> {
  const http = createServer();
  const server = new WebSocketServer({
    server: http,
    maxPayload: 16 << 20,
    handleProtocols: (offered) => (codec === "other" ? "other" : offered.has(`sallyport.1.${codec}`) && `sallyport.1.${codec}`),
    verifyClient: ({ req }: { req: { headers: { authorization?: string | undefined } } }) => token === undefined || req.headers.authorization === `Bearer ${token}`,
  });
  server.on("connection", behave ?? ((socket) => void run(socket, codec === "json", start)));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/`,
    port,
    clients: server.clients,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      server.close();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

async function run(socket: WebSocket, json: boolean, start: ServeOptions["start"]): Promise<void> {
  const codec = json ? jsonCodec : msgpackCodec;
  const encoder = codec.createEncoder();
  const decoder = codec.createDecoder();
  const instance = await start((frame) => {
    const out = createBytes();
    encoder.encode(frame, out, 16 << 20);
    socket.send(out.bytes.slice(0, out.size), { binary: !json });
    return true;
  });
  socket.on("message", (data: Buffer) => {
    const frame = decoder.decode(new Uint8Array(data), 0, data.length);
    if (frame !== undefined) instance.receive(frame);
  });
  socket.on("close", () => instance.close());
  await instance.done;
  socket.close(1000);
}
