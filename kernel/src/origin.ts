import type { Grants } from "./grants.js";

/** Who asks for something, with what it may. */
export interface Asker {
  readonly name: string;
  readonly grants: Grants;
}

/** One step of a chain of calls: who made it, and which call it serves. From channels, never from messages. */
export interface Step {
  /** `undefined`: the host. */
  readonly asker: Asker | undefined;
  readonly serves: Step | undefined;
}

/** Who asked first ... who made this call. */
export function originOf(step: Step): readonly string[] {
  const names: string[] = [];
  for (let at: Step | undefined = step; at !== undefined; at = at.serves) names.push(at.asker?.name ?? "host");
  return names.reverse();
}

/**
 * Whom of the chain the call is not granted; `undefined`: it may be made. Everybody on whose behalf it is made needs the
 * grant, so that no plugin gets through another what it is denied itself, unless the one that makes the call may do so for others.
 */
export function refusedTo(asker: Asker, serves: Step | undefined, method: string, params: unknown): Asker | undefined {
  const verdict = asker.grants.call(method, params);
  if (verdict === "denied") return asker;
  if (verdict === "delegated") return undefined;
  for (let at = serves; at !== undefined; at = at.serves) {
    if (at.asker !== undefined && at.asker.grants.call(method, params) === "denied") return at.asker;
  }
  return undefined;
}

export function inChain(step: Step | undefined, who: Asker): boolean {
  for (let at = step; at !== undefined; at = at.serves) if (at.asker === who) return true;
  return false;
}
