import { allModes } from "sallyport";
import type { ModeTraits } from "./results.js";

/** What each mode contains, in its adapter's own words. Starts nothing. */
export async function readTraits(): Promise<readonly ModeTraits[]> {
  const adapters = allModes();
  const traits = adapters.map((adapter) => ({ mode: adapter.mode, ...adapter.traits }));
  await Promise.all(adapters.map((adapter) => adapter[Symbol.asyncDispose]()));
  return traits;
}
