import { lstat, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { SallyportError } from "@sallyport/bus";
import { createBridge } from "@sallyport/bridge";
import type { Boundary, HostEnd, OpenRequest } from "@sallyport/kernel";
import { defineMethods } from "../definition.js";
import type { Chosen } from "../methods.js";
import { connect } from "../rpc/client.js";
import type { GoPluginSettings } from "../settings.js";
import { beginServices } from "./services.js";

/** How often a process that is not a child of the host is looked for, ms: nothing tells of its end. */
const LOOK_MS = 1000;

/** A plugin that runs already, started by somebody else of the same user. It stays when the host lets go of it. */
export async function openReattached(chosen: Chosen, { address, pid }: NonNullable<GoPluginSettings["reattach"]>, request: OpenRequest, host: HostEnd, signal: AbortSignal): Promise<Boundary> {
  const { source, limits, permissions } = request;
  const plugin = source.name;
  if (chosen.callbacks.size > 0) {
    throw new SallyportError("invalid_argument", `'${plugin}' has callbacks and runs already: its broker ends with the first host that was connected to it`, { plugin, path: "modes.go-plugin.callbacks", help: "Let the host start it: give it an entry instead of `reattach`." });
  }
  if (permissions.write?.includes(address) !== true) {
    throw new SallyportError("permission_denied", `'${plugin}' is served at ${address}, and the config does not open that to it`, { plugin, path: "permissions.write", help: `If that is right: "permissions": { "write": ["${address}"] } in its entry of the config, and in its manifest if that states any.` });
  }
  if (request.sandbox === "strict" || request.sandbox === "limits") {
    throw new SallyportError("sandbox_unavailable", `'${plugin}' wants profile '${request.sandbox}', and it was started by somebody else`, { plugin, path: "sandbox", help: "Leave out `sandbox`, or let the host start it." });
  }
  await assertOurs(plugin, address, pid);
  const client = connect({ at: { path: address }, authority: "localhost", where: address, limits });
  try {
    await client.ready(signal);
    await beginServices(plugin, client, host, signal);
  } catch (error) {
    client.close();
    throw error;
  }
  const look = setInterval(() => {
    if (!lives(pid)) bridge.fail({ instance: request.instance });
  }, LOOK_MS).unref();
  const bridge = createBridge(defineMethods(chosen, { client: () => client, limits }), request, host, {
    label: `pid ${pid}, not ours`,
    copies: true,
    release() {
      clearInterval(look);
      client.close();
      return {};
    },
  });
  return bridge;
}

async function assertOurs(plugin: string, address: string, pid: number): Promise<void> {
  const refuse = (what: string, help: string, cause?: unknown): never => {
    throw new SallyportError("spawn_failed", `'${plugin}' cannot be reattached: ${what}`, { plugin, path: "modes.go-plugin.reattach", help, ...(cause !== undefined && { cause }) });
  };
  if (!lives(pid)) refuse(`there is no process ${pid} of this user`, "Start it again and write its new pid and address.");
  const socket = await lstat(address).catch((cause: unknown) => refuse(`there is nothing at ${address}`, "Write the address from its handshake line.", cause));
  const folder = await stat(dirname(address));
  const uid = process.getuid?.();
  if (!socket.isSocket() || (uid !== undefined && socket.uid !== uid)) refuse(`${address} is no socket of this user`, "Write the address from its handshake line.");
  // In a folder of others a socket can be replaced; a sticky one such as /tmp keeps each user's own.
  if (uid !== undefined && folder.uid !== uid && !((folder.mode & 0o1000) !== 0 && folder.uid === 0)) refuse(`${dirname(address)} belongs to somebody else`, "Let it listen in a folder of its own user.");
  if (uid !== undefined && folder.uid === uid && (folder.mode & 0o022) !== 0 && (folder.mode & 0o1000) === 0) refuse(`${dirname(address)} can be written by others`, `Run: chmod 700 ${dirname(address)}`);
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
