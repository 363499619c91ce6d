import type { GuestHello } from "@sallyport/bus";
import type { PluginSource, Traits } from "@sallyport/kernel";
import type { ConformanceCase } from "./case.js";

/** What an adapter and a plugin declare of themselves. Only declared facts can waive a case. */
export interface DeclaredFacts {
  readonly traits: Traits;
  readonly source: PluginSource;
  readonly hello: GuestHello;
}

/** Why a case does not apply here; `undefined`: it does. */
export function waiverOf({ needs = {} }: ConformanceCase, { traits, source, hello }: DeclaredFacts): string | undefined {
  const features = new Set(hello.features ?? []);
  const methods = new Set(hello.methods.map((method) => (typeof method === "string" ? method : method.name)));
  const inflight = hello.limits?.inflight ?? 1;
  const missing = [
    ...(needs.features ?? []).filter((feature) => !features.has(feature)).map((feature) => `feature ${feature}`),
    ...(needs.methods ?? []).filter((method) => !methods.has(method)).map((method) => `method ${method}`),
  ];
  const reasons = [
    ...(missing.length > 0 ? [`the hello lists no ${missing.join(", ")}`] : []),
    ...Object.entries(needs.traits ?? {})
      .filter(([trait, value]) => traits[trait as keyof Traits] !== value)
      .map(([trait]) => `trait ${trait} is ${String(traits[trait as keyof Traits])}`),
    ...(needs.kind !== undefined && needs.kind !== source.kind ? [`the entry is ${source.kind}, not ${needs.kind}`] : []),
    ...(needs.inflight !== undefined && inflight < needs.inflight ? [`it takes ${inflight} call${inflight === 1 ? "" : "s"} at a time`] : []),
  ];
  return reasons.length === 0 ? undefined : reasons.join("; ");
}
