import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createBytes, jsonCodec, msgpackCodec, type Frame } from "@sallyport/bus";
import type { PluginDefinition } from "@sallyport/plugin";
import { runPlugin } from "@sallyport/plugin/runtime";
import { WebSocketServer, type WebSocket } from "ws";

export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Connections that are open. */
  readonly clients: ReadonlySet<WebSocket>;
}

export interface ServeOptions {
  readonly codec?: "json" | "msgpack" | "other";
  readonly token?: string;
  /** Instead of a plugin. */
  readonly behave?: (socket: WebSocket) => void;
}

/** A plugin served over WebSocket on a free port of this machine: each connection is an instance. */
export async function serve({ codec = "msgpack", token, behave }: ServeOptions = {}): Promise<Served> {
  const http = createServer();
  const server = new WebSocketServer({
    server: http,
    handleProtocols: (offered) => (codec === "other" ? "other" : offered.has(`sallyport.1.${codec}`) && `sallyport.1.${codec}`),
    verifyClient: ({ req }: { req: { headers: { authorization?: string | undefined } } }) => token === undefined || req.headers.authorization === `Bearer ${token}`,
  });
  let copies = 0;
  // The demo plugin keeps a count in its module: each instance gets a module of its own.
  const instance = async (socket: WebSocket): Promise<void> => {
    const { default: definition } = (await import(new URL(`../../plugins/javascript/index.js?connection=${++copies}`, import.meta.url).href)) as { default: PluginDefinition<never> };
    run(socket, definition, codec === "json");
  };
  server.on("connection", behave ?? ((socket) => void instance(socket)));
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

function run(socket: WebSocket, definition: PluginDefinition<never>, json: boolean): void {
  const codec = json ? jsonCodec : msgpackCodec;
  const encoder = codec.createEncoder();
  const decoder = codec.createDecoder();
  const runtime = runPlugin(definition, {
    name: "demo",
    version: "1.0.0",
    send(frame: Frame) {
      const out = createBytes();
      encoder.encode(frame, out, 16 << 20);
      socket.send(out.bytes.slice(0, out.size), { binary: !json });
      return true;
    },
  });
  socket.on("message", (data: Buffer) => {
    const frame = decoder.decode(new Uint8Array(data), 0, data.length);
    if (frame !== undefined) runtime.receive(frame);
  });
  socket.on("close", () => runtime.close());
  void runtime.done.then(() => socket.close(1000));
}
