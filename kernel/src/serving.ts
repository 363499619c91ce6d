import type { CancelReason, Meta } from "@sallyport/bus";
import type { Priority } from "./lines.js";
import type { Step } from "./origin.js";

/** A call that the kernel has open in a plugin: what the calls made on its behalf are bound by. */
export interface Serving {
  /** Who made it, and on whose behalf. */
  readonly route: Step;
  /** On the kernel's clock, ms. */
  readonly deadline: number;
  /** For whom the work is done; calls made for it are for the same one, whatever the plugin writes. */
  readonly tenant: string | undefined;
  readonly priority: Priority | undefined;
  readonly over: boolean;
  /** Cancels what was asked on its behalf when it ends; returns the way to forget that. */
  addChild(cancel: (why: CancelReason) => void): () => void;
}

const PASSED_ON = ["traceparent", "tracestate", "baggage", "idem"] as const;
const MAX_META_CHARS = 1024;

/** Of the meta that a plugin sent, what is text of sensible length. The tenant comes from the call that it serves. */
export function metaFrom(claimed: Meta, parent: Serving | undefined): Meta | undefined {
  let meta: Record<string, string> | undefined;
  for (const key of PASSED_ON) {
    const value: unknown = claimed[key];
    if (typeof value === "string" && value.length <= MAX_META_CHARS) (meta ??= {})[key] = value;
  }
  if (parent?.tenant !== undefined) (meta ??= {})["tenant"] = parent.tenant;
  return meta;
}
