import { setMaxListeners } from "node:events";
import type { CancelSignal } from "@sallyport/bus";

/** One signal for many calls is normal use, not the leak that Node warns of from the eleventh listener on. */
export function allowListeners(signal: CancelSignal | undefined): void {
  if (signal instanceof AbortSignal) setMaxListeners(0, signal);
}
