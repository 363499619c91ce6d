import type { Adapter } from "@sallyport/kernel";
import { allModes } from "../modes.js";

/** What an adapter says of itself. */
export type ModeFacts = Pick<Adapter, "mode" | "entries" | "trust" | "traits">;

/** Every mode of this package, as its adapter describes it; starts nothing. */
export async function modeFacts(): Promise<readonly ModeFacts[]> {
  const adapters = allModes();
  await Promise.all(adapters.map((adapter) => adapter[Symbol.asyncDispose]()));
  return adapters.map(({ mode, entries, trust, traits }) => ({ mode, entries, trust, traits }));
}
