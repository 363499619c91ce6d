import type { PluginInfo } from "@sallyport/kernel";

/** What keeps a plugin in: its mode's hardening, and the profile of its sandbox. `undefined`: nothing. */
export function confinedBy({ traits, confinement }: PluginInfo): string | undefined {
  const by = [traits.authority === "granted" && "hardened", confinement !== undefined && confinement.profile !== "none" && confinement.profile].filter((part) => typeof part === "string");
  return by.length === 0 ? undefined : by.join(", ");
}
