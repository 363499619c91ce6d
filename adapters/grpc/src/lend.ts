import { SallyportError } from "@sallyport/bus";
import type { Context } from "@sallyport/plugin";
import type { ServiceMethod } from "./proto/schema.js";

/** What a plugin is lent of the host, for the time of one call. */
export interface Lent {
  /** A request with the fields that say where. Throws `invalid_argument` where its caller gave them. */
  fill(request: unknown, path: string): unknown;
  release(): void;
}

/** `undefined`: the method's requests tell of nothing. `lasting`: kept until the instance ends, for a plugin that keeps what its start was told. */
export type Lend = (method: ServiceMethod, call: Pick<Context, "call" | "stream">, lasting: boolean) => Promise<Lent> | undefined;

/** Values of fields that are the host's to set. */
export function filled(request: unknown, path: string, ours: ReadonlyMap<string, unknown>): unknown {
  const given = request ?? {};
  // What is no map is refused by whoever encodes it.
  if (typeof given !== "object" || Array.isArray(given)) return given;
  for (const field of ours.keys()) {
    const value = Object.hasOwn(given, field) ? (given as Record<string, unknown>)[field] : undefined;
    if (value !== undefined && value !== null) throw new SallyportError("invalid_argument", `${field} is set by the host: it says where the plugin calls back`, { path: `${path}.${field}`, help: "Leave it out." });
  }
  return { ...given, ...Object.fromEntries(ours) };
}
