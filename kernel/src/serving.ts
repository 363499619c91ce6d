import type { CancelReason, Meta, Peer } from "@sallyport/bus";

/** A call that the kernel has open in a plugin: what the calls made on its behalf are bound by. */
export interface Serving {
  readonly deadline: number;
  /** For whom the work is done; calls made for it are for the same one, whatever the plugin writes. */
  readonly tenant: string | undefined;
  over: boolean;
  readonly children: Set<(why: CancelReason) => void>;
}

/** Open calls of one plugin, by connection and by their id on it. */
export type ServingTable = WeakMap<Peer, Map<number, Serving>>;

export function servingOf(table: ServingTable, peer: Peer): Map<number, Serving> {
  let open = table.get(peer);
  if (open === undefined) table.set(peer, (open = new Map()));
  return open;
}

const PASSED_ON = ["traceparent", "tracestate", "baggage", "idem"] as const;
const MAX_META_CHARS = 1024;

/** Of the meta that a plugin sent, what is text of sensible length. The tenant comes from the call that it serves. */
export function metaFrom(claimed: Meta, parent: Serving | undefined): Meta | undefined {
  const meta: Record<string, string> = {};
  for (const key of PASSED_ON) {
    const value: unknown = claimed[key];
    if (typeof value === "string" && value.length <= MAX_META_CHARS) meta[key] = value;
  }
  if (parent?.tenant !== undefined) meta["tenant"] = parent.tenant;
  return Object.keys(meta).length > 0 ? meta : undefined;
}
