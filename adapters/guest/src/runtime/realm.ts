import { SallyportError } from "@sallyport/bus";
import { requireSafeEngine } from "./canary.js";
import { explainer, type Explain } from "./explain.js";
import { lockDown } from "./lockdown.js";
import { createStackKeeper } from "./stacks.js";

/** A thread or process after lockdown, ready for instances one after the other. */
export interface Realm {
  readonly explain: Explain;
}

/** Locks this thread down; once, before any guest. Throws where the engine cannot confine guests. */
export function createRealm(): Realm {
  lockDown();
  requireSafeEngine();
  const stacks = createStackKeeper();
  // The one class of ours that guests get instances of. It was made before lockdown, so its parent is the engine's
  // own Error, which can read stacks; and the next guest of this thread must find it unchanged.
  Object.setPrototypeOf(SallyportError, Error.prototype.constructor);
  harden(SallyportError);
  return { explain: explainer(stacks) };
}
