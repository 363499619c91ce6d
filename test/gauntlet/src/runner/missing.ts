import { stdio } from "@sallyport/adapter-stdio";
import type { Column } from "../case.js";

/** Why columns cannot be tried here: a profile that this machine cannot enforce. */
export async function missingColumns(columns: readonly Column[]): Promise<ReadonlyMap<string, string>> {
  const wanted = columns.filter(({ sandbox }) => sandbox === "strict" || sandbox === "limits");
  if (wanted.length === 0) return new Map();
  await using adapter = stdio();
  const offer = await adapter.enforcement?.(AbortSignal.timeout(10_000));
  return new Map(wanted.flatMap(({ id, sandbox }): [string, string][] => {
    if (offer === undefined) return [[id, "this build enforces no profile"]];
    if (offer.profile === "strict" || offer.profile === sandbox) return [];
    return [[id, `this machine offers the profile '${offer.profile}' at most: ${offer.remedies.map(({ help }) => help).join(" ")}`]];
  }));
}
