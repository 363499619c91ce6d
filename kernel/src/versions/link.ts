import type { Conversion } from "../api.js";
import type { Entry } from "../registry.js";
import type { InterfaceRules } from "./interfaces.js";

/** A call that goes to another major than it is written for, or to one that will be removed. `P` provides for real. */
export interface Earlier<P> {
  readonly kind: "earlier";
  readonly name: string;
  readonly target: Entry<P>;
  readonly convert: Conversion | undefined;
  readonly notice: Notice;
}

/** What is told of it. */
export interface Notice {
  readonly interfaceName: string;
  /** The major that goes, and the one that stays. */
  readonly major: number;
  readonly current: number;
  readonly removedOn: string;
  /** Who has to change something. */
  readonly whose: "caller" | "provider";
}

/** Where a call of one method goes, by each way of naming it: `fx.rate`, `fx.rate@2`. */
export function linkMajors<P extends { readonly name: string }>(interfaceName: string, method: string, offers: readonly Entry<P>[], rules: InterfaceRules | undefined): ReadonlyMap<string, Entry<P | Earlier<P>>> {
  const links = new Map<string, Entry<P | Earlier<P>>>();
  const only = offers[0];
  if (only === undefined) return links;
  if (only.version === undefined) return links.set(method, only);
  const byMajor = new Map(offers.map((offer) => [offer.version?.major ?? 0, offer]));
  const current = rules?.current ?? Math.max(...byMajor.keys());
  const earlier = (target: Entry<P>, major: number, removedOn: string, whose: Notice["whose"], convert?: Conversion): Entry<Earlier<P>> => ({
    info: target.info, checks: {}, schemas: {}, version: convert === undefined ? target.version : undefined,
    provider: { kind: "earlier", name: target.provider.name, target, convert, notice: { interfaceName, major, current, removedOn, whose } },
  });
  for (const [major, offer] of byMajor) {
    const goes = rules?.earlier.find((each) => each.major === major);
    links.set(`${method}@${major}`, goes === undefined ? offer : earlier(offer, major, goes.removedOn, "caller"));
  }
  const present = byMajor.get(current);
  if (present !== undefined) {
    links.set(method, present);
    for (const { major, removedOn, caller } of rules?.earlier ?? []) {
      if (caller !== undefined && !byMajor.has(major)) links.set(`${method}@${major}`, earlier(present, major, removedOn, "caller", caller));
    }
    return links;
  }
  // Nobody offers what calls mean: the newest of the earlier ones that the host knows how to speak to.
  for (const { major, removedOn, provider } of rules?.earlier ?? []) {
    const offer = byMajor.get(major);
    if (offer === undefined || provider === undefined) continue;
    const converted = earlier(offer, major, removedOn, "provider", provider);
    return links.set(method, converted).set(`${method}@${current}`, converted);
  }
  return links;
}
