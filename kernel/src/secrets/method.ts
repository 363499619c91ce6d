import { SallyportError } from "@sallyport/bus";
import type { HostContext, HostMethod, ProvideOptions } from "../api.js";
import type { Plugin } from "../plugin.js";
import { SECRET_ROTATED } from "../reserved.js";
import type { Secret } from "./provider.js";
import type { Holder, Vault } from "./vault.js";

export const SECRET_METHOD: ProvideOptions = {
  description: "A secret by its name, with its generation; needs a grant secret:NAME.",
  params: { type: "object", required: ["name"], properties: { name: { type: "string", maxLength: 256 } } },
  idempotent: true,
};

/** The method `secret.get`. `plugin`: the loaded one of a name. */
export function secretMethod(vault: Vault, plugin: (name: string) => Plugin | undefined): HostMethod {
  return async ({ name }: { readonly name: string }, { caller, instance }: HostContext): Promise<Secret> => {
    if (caller === "host") return vault.peek(name);
    const asker = plugin(caller);
    if (asker === undefined) throw new SallyportError("cancelled", "the plugin that asked for the secret is gone", { source: "host" });
    // Asked before the call was looked up, too; again here for the very value that is used: without a boundary the params are the caller's own object.
    if (!asker.grants.allows("secret", name)) throw asker.deny("secret", name);
    const secret = await vault.read(holderOf(asker), instance, name);
    // It may have been revoked while the provider was asked.
    if (asker.grants.allows("secret", name)) return secret;
    vault.review(instance, (each) => asker.grants.allows("secret", each));
    throw asker.deny("secret", name);
  };
}

function holderOf(plugin: Plugin): Holder {
  return {
    name: plugin.name,
    rotated: (news) => {
      if (plugin.wanted.includes(SECRET_ROTATED)) plugin.deliver({ t: "ev", m: SECRET_ROTATED, p: news });
    },
    stale: (instance) => plugin.supervisor.replace(instance),
    report: (reason, detail, instance) => plugin.report("secret", reason, instance, detail),
    refuse: (name) => plugin.deny("secret", name),
    complain: (instance, text) => plugin.log(instance, "error", text, "output"),
  };
}
