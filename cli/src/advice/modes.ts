import { inline } from "@sallyport/adapter-inline";
import { process } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { worker } from "@sallyport/adapter-worker";
import type { Adapter } from "@sallyport/kernel";

/** What an adapter says of itself. */
export type ModeFacts = Pick<Adapter, "mode" | "entries" | "trust" | "traits">;

/** Every mode of this package, as its adapter describes it; starts nothing. */
export async function modeFacts(): Promise<readonly ModeFacts[]> {
  const adapters = [process(), worker(), stdio(), inline({})];
  await Promise.all(adapters.map((adapter) => adapter[Symbol.asyncDispose]()));
  return adapters.map(({ mode, entries, trust, traits }) => ({ mode, entries, trust, traits }));
}
