import type { X509Certificate } from "node:crypto";
import type { Adapter, HostEnd, OpenRequest, Traits } from "@sallyport/kernel";
import type { Reads } from "@sallyport/manifest";
import type { Chosen } from "../methods.js";
import { createRpcServer } from "../rpc/server.js";
import { serviceAdapter, type GrpcOptions } from "../service-adapter.js";
import { checkGoPlugin, type GoPluginSettings } from "../settings.js";
import type { SocketFolder } from "../socket.js";
import { openSpawned, type Dialect } from "../spawned.js";
import { createIdentity } from "./certificate.js";
import { createLender } from "./lender.js";
import { bad, LINE_BYTES, readLine } from "./line.js";
import { openReattached } from "./reattach.js";
import { beginServices, type Services } from "./services.js";

const READS: Reads = { mode: "go-plugin", kinds: ["go-plugin"], settings: checkGoPlugin, by: "either" };

const TRAITS: Traits = {
  memory: "separate",
  crash: "contained",
  stop: "preemptive",
  authority: "ambient",
  copies: true,
  stops: "As `grpc`: crashes, hangs and malformed messages, and by its profile what the program does to the machine.",
  costs: "A process per plugin; a stream of HTTP/2, TLS and protobuf per message.",
};

/** Ports that a plugin on Windows may take, as go-plugin's own host says them. */
const PORTS = { PLUGIN_MIN_PORT: "10000", PLUGIN_MAX_PORT: "25000" };

/** Plugins that were built with hashicorp/go-plugin, as they are. */
export function goPlugin(options: GrpcOptions = {}): Adapter {
  return serviceAdapter<GoPluginSettings>(READS, TRAITS, options, ({ settings, chosen, request, host, sandbox, signal }) =>
    settings.reattach === undefined
      ? openSpawned(chosen, (folder) => spoken(settings, chosen, folder, request, host), request, host, sandbox, signal)
      : openReattached(chosen, settings.reattach, request, host, signal));
}

/** How go-plugin's own host starts a plugin: docs/internals.md and client.go there. */
async function spoken({ cookie, versions = [1], autoMtls = true }: GoPluginSettings, { callbacks }: Chosen, folder: SocketFolder, { source, limits }: OpenRequest, host: HostEnd): Promise<Dialect> {
  const plugin = source.name;
  const identity = autoMtls ? await createIdentity() : undefined;
  let shown: X509Certificate | undefined;
  let services: Services | undefined;
  const server = callbacks.size === 0 ? undefined : createRpcServer({ limits, ...(identity && { tls: { key: identity.key, cert: identity.certificate, peer: () => shown } }) });
  return {
    lends: server && { lend: createLender({ callbacks, server, folder: folder.calls, limits, broker: () => (services as Services).broker }), close: () => server.close() },
    env: {
      [cookie.key]: cookie.value,
      ...PORTS,
      PLUGIN_PROTOCOL_VERSIONS: versions.join(","),
      PLUGIN_UNIX_SOCKET_DIR: folder.path,
      // Where releases before 1.5 make their sockets.
      TMPDIR: folder.path,
      ...(identity && { PLUGIN_CLIENT_CERT: identity.certificate }),
    },
    lineBytes: LINE_BYTES,
    async target(line, sockets) {
      const { network, address, certificate } = readLine(plugin, line, versions);
      if (identity !== undefined && certificate === undefined) throw bad(plugin, "it shows no certificate of its own, and so cannot tell this host from another caller", 'Rebuild it with a release of hashicorp/go-plugin that knows AutoMTLS, or write "autoMtls": false: its socket in a folder of this user alone is then all that protects it.');
      if (network === "tcp" && !(identity !== undefined && /^127\.0\.0\.1:[0-9]{1,5}$/.test(address))) throw bad(plugin, `it listens at ${JSON.stringify(address.slice(0, 100))}, which anybody could be or reach`, "Listen on a Unix socket in PLUGIN_UNIX_SOCKET_DIR; TCP is spoken to 127.0.0.1 alone, and with AutoMTLS.");
      shown = certificate;
      return {
        at: network === "tcp" ? { host: "127.0.0.1", port: Number(address.slice(address.indexOf(":") + 1)) } : { path: await sockets.claim(plugin, address) },
        authority: "localhost",
        where: "its socket",
        ...(identity !== undefined && { tls: { ca: Buffer.from(certificate?.toString() ?? ""), key: Buffer.from(identity.key), cert: Buffer.from(identity.certificate), serverName: "localhost" } }),
      };
    },
    async begin(client, signal) {
      services = await beginServices(plugin, client, host, signal);
      return () => services?.finish();
    },
  };
}
