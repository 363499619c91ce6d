import { type IncomingCall, type Peer, type SallyportError } from "@sallyport/bus";
import { inChain, originOf, refusedTo, type Asker, type Step } from "./origin.js";
import { isReference } from "./versions/reference.js";
import { servingOf } from "./plugin-call.js";
import type { Plugin } from "./plugin.js";
import { SECRET_GET } from "./reserved.js";
import type { Serving } from "./serving.js";

/** The call of the host's that a plugin says it serves; `undefined` for one that it does not have, and for its own doing. */
export function parentOf(peer: Peer, call: IncomingCall): Serving | undefined {
  return call.parent === undefined ? undefined : servingOf(peer.opened(call.parent));
}

/** Why a plugin may not make a call; `undefined`: it may. Asked before the method is looked up, so that who may not call learns nothing of what exists. */
export function refusal(plugin: Plugin, serves: Step | undefined, method: string, params: unknown): SallyportError | undefined {
  // Whether a secret may be had is decided by its name, and by nobody else's grants: it is the plugin's own means, not an act for others.
  // Decided here, so that a host without secrets answers like any other.
  if (method === SECRET_GET) {
    const name = nameOf(params);
    return name === undefined || plugin.grants.allows("secret", name) ? undefined : plugin.deny("secret", name);
  }
  if (!isReference(method)) return plugin.deny("call", method);
  const missing = refusedTo(plugin, serves, method, params);
  if (missing === undefined) return undefined;
  if (missing === plugin) return plugin.deny("call", method);
  return plugin.deny("call", method, { missing: missing.name, origin: originOf({ asker: plugin, serves }) });
}

/** Ends the calls under way that were made by `changed`, or on its behalf, and that it may not make any more. */
export function endRefused(plugins: Iterable<Plugin>, changed: Asker): void {
  for (const plugin of plugins) {
    for (const peer of plugin.peers.values()) {
      for (const call of peer.accepted()) {
        const serves = parentOf(peer, call)?.route;
        if (plugin !== changed && !inChain(serves, changed)) continue;
        const error = refusal(plugin, serves, plugin.meaning?.reference(call.method) ?? call.method, call.params);
        if (error !== undefined) call.refuse(error);
      }
    }
  }
}

/** `undefined`: not a name at all, which the method's own schema refuses. */
function nameOf(params: unknown): string | undefined {
  const name = typeof params === "object" && params !== null && Object.hasOwn(params, "name") ? (params as { readonly name: unknown }).name : undefined;
  return typeof name === "string" ? name : undefined;
}
