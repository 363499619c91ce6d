import type { Adapter, Enforcement, Guard, Need } from "@sallyport/kernel";
import type { ModeFacts } from "../advice/modes.js";

/** What one mode keeps from a plugin on this machine. */
export interface ModeReport extends ModeFacts {
  /** What `auto` gives. */
  readonly profile: Enforcement["profile"];
  readonly by: string;
  readonly guards: Enforcement["guards"];
  readonly remedies: Enforcement["remedies"];
  readonly needs: readonly Need[];
}

/** Kept by the host's end of every connection, whatever the machine can do. */
export const BY_THE_HOST: readonly Guard[] = [
  "frameBytes", "frameItems", "frameDepth", "inflight", "queue", "outgoing", "callsPerSecond", "bytesPerSecond", "streams", "subscriptions", "logLines", "deadlineMs", "credit", "events",
];

export async function modeReports(adapters: readonly Adapter[], signal: AbortSignal): Promise<readonly ModeReport[]> {
  return Promise.all(adapters.map((adapter) => reportOf(adapter, signal)));
}

async function reportOf(adapter: Adapter, signal: AbortSignal): Promise<ModeReport> {
  const { mode, entries, trust, traits } = adapter;
  const { profile = "none", by = "nothing", guards = {}, remedies = [], needs = [] } = (await adapter.enforcement?.(signal)) ?? {};
  // What the mode keeps anyway needs no remedy.
  const helpful = remedies
    .map(({ guards: missing, help }) => ({ guards: missing.filter((guard) => strengthOf(guards[guard]) !== "kept"), help }))
    .filter((remedy) => remedy.guards.length > 0);
  return { mode, entries, trust, traits, profile, by, guards, remedies: helpful, needs };
}

/** `measured`: seen from outside and ended then. `weakly`: it holds against accidents alone. `undefined`: it is not kept. */
export type Strength = "kept" | "measured" | "weakly";

/** By how the text of a guard begins, as the port has it. */
export function strengthOf(by: string | undefined): Strength | undefined {
  if (by === undefined) return undefined;
  if (by.startsWith("only ")) return "weakly";
  return by.startsWith("measured") ? "measured" : "kept";
}
