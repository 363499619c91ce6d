import { randomBytes } from "node:crypto";
import { SallyportError } from "@sallyport/bus";
import { withMeasuring } from "@sallyport/child";
import type { Adapter, PluginSource, PluginSpec, Traits } from "@sallyport/kernel";
import { readPlugin, type Reads } from "@sallyport/manifest";
import { createSandbox, type SandboxOptions } from "@sallyport/sandbox";
import { withoutDisk } from "./guards.js";
import { createLive } from "./live.js";
import { chooseMethods } from "./methods.js";
import { readProtoFiles } from "./proto/files.js";
import { openRemote } from "./remote.js";
import { checkGrpc, settingsOf, type GrpcSettings } from "./settings.js";
import { openSpawned, type Dialect } from "./spawned.js";
import type { SocketFolder } from "./socket.js";

export interface GrpcOptions {
  /** How the profiles of `sandbox` are made here. */
  readonly sandbox?: SandboxOptions;
}

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
  const sandbox = createSandbox(options.sandbox);
  const live = createLive();
  return {
    mode: "grpc",
    traits: TRAITS,
    entries: READS.kinds,
    trust: "untrusted",
    inspect: (spec, signal) => inspect(spec, signal, READS),
    open: (request, host, signal) => live.add(async () => {
      const { source } = request;
      const settings = settingsOf<GrpcSettings>(source, "grpc");
      const chosen = chooseMethods(source.name, await readProtoFiles(source.name, source.root, settings.proto, signal), settings);
      return settings.address === undefined ? openSpawned(chosen, (folder) => spoken(source.name, folder), request, host, sandbox, signal) : openRemote(chosen, settings, request, host, signal);
    }),
    enforcement: async (signal) => withMeasuring(withoutDisk(await sandbox.enforcement(signal))),
    [Symbol.asyncDispose]: () => live[Symbol.asyncDispose](),
  };
}

/** As the manifest says; a mode's settings have to be there, and something to reach. */
export async function inspect(spec: PluginSpec, signal: AbortSignal, reads: Reads): Promise<PluginSource | undefined> {
  const source = await readPlugin(spec, signal, reads);
  if (source === undefined) return undefined;
  const settings = settingsOf<GrpcSettings & { readonly reattach?: unknown }>(source, reads.mode);
  if (source.manifest?.entry === undefined && settings.address === undefined && settings.reattach === undefined) {
    throw new SallyportError("invalid_argument", `'${source.name}' says what it serves in mode '${reads.mode}', and not who serves it`, { plugin: source.name, path: "entry", help: `Name a program: "entry": { "${reads.mode}": "..." }; or where one runs already.` });
  }
  return source;
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
