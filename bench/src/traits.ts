import { inline } from "@sallyport/adapter-inline";
import { process } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { worker } from "@sallyport/adapter-worker";
import type { ModeTraits } from "./results.js";

/** What each mode contains, in its adapter's own words. Starts nothing. */
export async function readTraits(): Promise<readonly ModeTraits[]> {
  const adapters = [process(), worker(), stdio(), inline({})];
  const traits = adapters.map((adapter) => ({ mode: adapter.mode, ...adapter.traits }));
  await Promise.all(adapters.map((adapter) => adapter[Symbol.asyncDispose]()));
  return traits;
}
