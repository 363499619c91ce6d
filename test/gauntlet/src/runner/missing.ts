import type { Adapter } from "@sallyport/kernel";
import { allModes } from "sallyport";
import type { Column } from "../case.js";
import { portOf } from "../ports/index.js";

/** Why columns cannot be tried here: a profile that this machine cannot enforce, a compiler or library that it lacks. */
export async function missingColumns(columns: readonly Column[]): Promise<ReadonlyMap<string, string>> {
  const adapters = allModes();
  try {
    const found = await Promise.all(columns.map(async (column): Promise<[string, string | undefined]> => [column.id, await whyMissing(column, adapters.find(({ mode }) => mode === column.mode))]));
    return new Map(found.filter((entry): entry is [string, string] => entry[1] !== undefined));
  } finally {
    await Promise.all(adapters.map((adapter) => adapter[Symbol.asyncDispose]()));
  }
}

async function whyMissing({ mode, sandbox }: Column, adapter: Adapter | undefined): Promise<string | undefined> {
  if (adapter === undefined) return `there is no mode '${mode}'`;
  const offer = await adapter.enforcement?.(AbortSignal.timeout(10_000));
  const lacks = offer?.needs?.find(({ found }) => found === undefined);
  if (lacks !== undefined) return `${lacks.what} is not here. ${lacks.help}`;
  const why = await portOf(mode)?.ready?.();
  if (why !== undefined || sandbox === undefined || sandbox === "none") return why;
  if (offer === undefined) return "this build enforces no profile";
  if (offer.profile === "strict" || offer.profile === sandbox) return undefined;
  return `this machine offers the profile '${offer.profile}' at most: ${offer.remedies.map(({ help }) => help).join(" ")}`;
}
