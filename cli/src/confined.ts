import type { Confinement, PluginInfo } from "@sallyport/kernel";

export type Confinable = PluginInfo & { readonly confinement?: Confinement };

/** What keeps a plugin in: its mode's hardening, and the profile of its sandbox. `undefined`: nothing. */
export function confinedBy({ traits, confinement }: Confinable): string | undefined {
  const by = [traits.authority === "granted" && "hardened", confinement !== undefined && confinement.profile !== "none" && confinement.profile].filter((part) => typeof part === "string");
  return by.length === 0 ? undefined : by.join(", ");
}
