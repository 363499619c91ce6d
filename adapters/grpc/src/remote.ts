import { lstat, readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { SallyportError } from "@sallyport/bus";
import { createBridge } from "@sallyport/bridge";
import type { Boundary, HostEnd, OpenRequest } from "@sallyport/kernel";
import { assertOwnFile, confine } from "@sallyport/manifest";
import type { Context } from "@sallyport/plugin";
import { defineMethods } from "./definition.js";
import type { Chosen } from "./methods.js";
import { connect, type RpcClient } from "./rpc/client.js";
import type { GrpcSettings } from "./settings.js";

const MOST_PEM_BYTES = 64 << 10;

/** A server that runs elsewhere, by TLS in which both ends show who they are. */
export async function openRemote(chosen: Chosen, { address = "", tls }: GrpcSettings, request: OpenRequest, host: HostEnd, signal: AbortSignal): Promise<Boundary> {
  const { source, limits, permissions } = request;
  const plugin = source.name;
  assertGranted(plugin, address, permissions.net ?? []);
  if (request.sandbox === "strict" || request.sandbox === "limits") {
    throw new SallyportError("sandbox_unavailable", `'${plugin}' wants profile '${request.sandbox}', and its server at ${address} is not this machine's to confine`, { plugin, path: "sandbox", help: "Leave out `sandbox`, or run the server as a program that the host starts." });
  }
  if (tls === undefined) {
    throw new SallyportError("invalid_argument", `'${plugin}' is reached at ${address} and does not say by which certificates`, { plugin, path: "modes.grpc.tls", help: 'Name PEM files in its folder: "tls": { "ca": "ca.pem", "cert": "host.pem", "key": "host.key" }. There is no connection without them.' });
  }
  const [ca, cert] = [await pem(plugin, source.root, "ca", tls.ca, false), await pem(plugin, source.root, "cert", tls.cert, false)];
  const keyFile = typeof tls.key === "string" ? await pem(plugin, source.root, "key", tls.key, true) : undefined;
  signal.throwIfAborted();
  assertUsable(plugin, { ca, cert, ...(keyFile && { key: keyFile }) });

  let client: RpcClient | undefined;
  const definition = defineMethods(chosen, {
    limits,
    client() {
      if (client === undefined) throw new SallyportError("unavailable", `'${plugin}' is not connected`);
      return client;
    },
    // When it starts, not when it is opened: a secret can be asked for only then.
    async prepare(context) {
      const key = keyFile ?? Buffer.from((await context.secret((tls.key as { readonly secret: string }).secret)).value);
      assertUsable(plugin, { ca, cert, key });
      client = connect({ at: { host: hostOf(address), port: portOf(address) }, authority: address, where: address, limits, tls: { ca, cert, key, serverName: tls.serverName ?? hostOf(address) } });
      await client.ready(aborting(context));
    },
  });
  return createBridge(definition, request, host, {
    label: address,
    copies: true,
    release() {
      client?.close();
      return {};
    },
  });
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":")).replace(/^\[|\]$/g, "");
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}

/** A manifest may name any place; the config says to which of them the host goes. */
function assertGranted(plugin: string, address: string, net: readonly string[]): void {
  const port = portOf(address);
  if (net.some((one) => one === "*" || one === `*:${port}` || one === address)) return;
  throw new SallyportError("permission_denied", `'${plugin}' is served at ${address}, and the config does not open that to it`, { plugin, path: "permissions.net", help: `If that is right: "permissions": { "net": ["${address}"] } in its entry of the config, and in its manifest if that states any.` });
}

async function pem(plugin: string, root: string, field: string, file: string, secret: boolean): Promise<Buffer> {
  const found = await confine(root, file);
  const path = `modes.grpc.tls.${field}`;
  if ("problem" in found) throw new SallyportError("invalid_argument", `'${plugin}' names ${found.problem}: ${JSON.stringify(file)}`, { plugin, path, help: "Put the file into the plugin's folder." });
  await assertOwnFile(found.path);
  const stats = await lstat(found.path);
  if (secret && process.platform !== "win32" && (stats.mode & 0o077) !== 0) {
    throw new SallyportError("permission_denied", `${found.path} is a key that other users can read`, { plugin, path, help: `Run: chmod 600 ${found.path}` });
  }
  if (stats.size > MOST_PEM_BYTES) throw new SallyportError("invalid_argument", `${found.path} has ${stats.size} bytes, which is no PEM file`, { plugin, path });
  return readFile(found.path);
}

/** The start's own signal, as the library wants it. */
function aborting({ signal }: Pick<Context, "signal">): AbortSignal {
  const controller = new AbortController();
  const give = (): void => controller.abort(new SallyportError("cancelled", "the start was given up"));
  if (signal.aborted) give();
  signal.addEventListener("abort", give);
  return controller.signal;
}

/** What is no certificate, or a key of another one, is told before anybody is asked. */
function assertUsable(plugin: string, pems: { readonly ca: Buffer; readonly cert: Buffer; readonly key?: Buffer }): void {
  try {
    createSecureContext(pems);
  } catch (cause) {
    throw new SallyportError("invalid_argument", `the certificates of '${plugin}' cannot be used: ${(cause as Error).message}`, { plugin, path: "modes.grpc.tls", help: "Give PEM files: the certificate of who signed the server's, and certificate and key of the host that belong together.", cause });
  }
}
