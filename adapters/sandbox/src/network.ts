import { SallyportError } from "@sallyport/bus";

/** What of the network a plugin gets: nothing, TCP to some ports, or all of it. */
export type Network = { readonly kind: "none" } | { readonly kind: "ports"; readonly ports: readonly number[] } | { readonly kind: "any" };

/** Throws `sandbox_unavailable` for a host that is named: no system tells connections apart by name. */
export function networkOf(plugin: string, net: readonly string[] = []): Network {
  const ports = new Set<number>();
  for (const [i, where] of net.entries()) {
    if (where === "*") return { kind: "any" };
    const port = /^\*:(\d{1,5})$/.exec(where)?.[1];
    if (port === undefined) {
      throw new SallyportError("sandbox_unavailable", `'${plugin}' asks for '${where}', and the system tells ports apart but no hosts`, {
        plugin, path: `permissions.net[${i}]`,
        help: `Grant '*:${/:(\d+)$/.exec(where)?.[1] ?? "443"}' or '*', or give it a method of the host that fetches from this place alone.`,
      });
    }
    ports.add(Number(port));
  }
  return ports.size === 0 ? { kind: "none" } : { kind: "ports", ports: [...ports] };
}
