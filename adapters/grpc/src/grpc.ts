import { randomBytes } from "node:crypto";
import { SallyportError } from "@sallyport/bus";
import type { Adapter, Traits } from "@sallyport/kernel";
import type { Reads } from "@sallyport/manifest";
import { openRemote } from "./remote.js";
import { serviceAdapter, type GrpcOptions } from "./service-adapter.js";
import { checkGrpc, type GrpcSettings } from "./settings.js";
import type { SocketFolder } from "./socket.js";
import { openSpawned, type Dialect } from "./spawned.js";

const READS: Reads = { mode: "grpc", kinds: ["grpc"], settings: checkGrpc, by: "either" };

const TRAITS: Traits = {
  memory: "separate",
  crash: "contained",
  stop: "preemptive",
  authority: "ambient",
  copies: true,
  stops: "Crashes, hangs and malformed messages; a program that the host starts is also confined by its profile, as in `stdio`. What a server elsewhere does is up to whoever runs it.",
  costs: "A process per plugin, or a network; a stream of HTTP/2, protobuf and metadata per message.",
};

/** The line that a program prints when it listens. */
const LINE = "SALLYPORT/1 grpc";

/** Plugins that are gRPC servers: programs that the host starts, and servers elsewhere. */
export function grpc(options: GrpcOptions = {}): Adapter {
  return serviceAdapter<GrpcSettings>(READS, TRAITS, options, ({ settings, chosen, request, host, sandbox, signal }) =>
    settings.address === undefined ? openSpawned(chosen, (folder) => spoken(request.source.name, folder), request, host, sandbox, signal) : openRemote(chosen, settings, request, host, signal));
}

/** A secret for this one start, over the pipe: arguments and environments can be read by others. */
async function spoken(plugin: string, folder: SocketFolder): Promise<Dialect> {
  const token = randomBytes(32).toString("hex");
  const socket = `${folder.path}/plugin`;
  return {
    env: {},
    greeting: JSON.stringify({ socket, token }),
    lineBytes: 256,
    async target(line) {
      if (line !== LINE) throw new SallyportError("bad_handshake", `expected the line '${LINE}', got ${JSON.stringify(line.slice(0, 80))}`, { plugin, help: "Listen on the socket that the first line on stdin names, then print this line on stdout, and everything else on stderr." });
      const path = await folder.claim(plugin, socket);
      return { at: { path }, authority: "localhost", metadata: { "sallyport-token": token }, where: "its socket" };
    },
  };
}
