import type { Adapter, Enforcement, Guard, Traits } from "@sallyport/kernel";
import type { ModeFacts } from "../advice/modes.js";
import { allModes } from "../modes.js";

/** What one mode keeps from a plugin on this machine. */
export interface ModeReport extends ModeFacts {
  /** What `auto` gives. */
  readonly profile: Enforcement["profile"];
  readonly by: string;
  readonly guards: Enforcement["guards"];
  readonly remedies: Enforcement["remedies"];
}

/** Kept by the host's end of every connection, whatever the machine can do. */
export const BY_THE_HOST: readonly Guard[] = [
  "frameBytes", "frameItems", "frameDepth", "inflight", "queue", "outgoing", "callsPerSecond", "bytesPerSecond", "streams", "subscriptions", "logLines", "deadlineMs", "credit", "events",
];

/** What the host can measure from outside where there is a /proc: of a tree of processes, and of a thread. */
const OF_A_TREE: readonly Guard[] = ["memoryMb", "cpuSeconds", "cpuPercent", "descriptors", "processes"];
const OF_A_THREAD: readonly Guard[] = ["cpuSeconds", "cpuPercent"];
const MEASURED = "measured about twice a second";
/** What a hardened guest has no way to ask for. */
const HARDENED: readonly Guard[] = ["files", "network", "peers", "processes", "descriptors", "fileMb", "diskMb"];

export async function modeReports(signal: AbortSignal): Promise<readonly ModeReport[]> {
  return Promise.all(allModes().map((adapter) => reportOf(adapter, signal)));
}

async function reportOf(adapter: Adapter, signal: AbortSignal): Promise<ModeReport> {
  await using held = adapter;
  const { mode, entries, trust, traits } = held;
  const enforced = await held.enforcement?.(signal);
  const guards = { ...ofItself(mode, traits) };
  for (const [guard, by] of Object.entries(enforced?.guards ?? {}) as [Guard, string][]) guards[guard] = guards[guard] === MEASURED ? `${by}; ${MEASURED}` : by;
  // What the mode keeps anyway needs no remedy.
  const remedies = (enforced?.remedies ?? [])
    .map(({ guards: missing, help }) => ({ guards: missing.filter((guard) => isWeak(guards[guard])), help }))
    .filter((remedy) => remedy.guards.length > 0);
  return { mode, entries, trust, traits, profile: enforced?.profile ?? "none", by: enforced?.by ?? "nothing", guards, remedies };
}

/** Not kept, or only seen and ended afterwards. */
function isWeak(by: string | undefined): boolean {
  return by === undefined || by === MEASURED || by.startsWith(WEAKLY);
}

export function isMeasured(by: string | undefined): boolean {
  return by === MEASURED;
}

/** How a text begins that tells of a guard which holds against accidents alone. */
export const WEAKLY = "only ";

/** What a mode keeps without the system's help. */
function ofItself(mode: string, traits: Traits): Partial<Record<Guard, string>> {
  if (traits.memory === "shared") return {};
  const isProcess = mode === "process" || mode === "stdio";
  return {
    ...(isProcess && globalThis.process.platform === "linux" && each(OF_A_TREE, MEASURED)),
    ...(mode === "worker" && globalThis.process.platform === "linux" && each(OF_A_THREAD, MEASURED)),
    ...(traits.authority === "granted" && { ...each(HARDENED, "hardened JavaScript"), timers: "the guest's own clock" }),
    ...(mode === "worker" && { memoryMb: `${WEAKLY}by the engine's heap limit and by measuring: who exhausts it on purpose ends the host`, orphans: "a thread ends with its process" }),
  };
}

function each(guards: readonly Guard[], by: string): Partial<Record<Guard, string>> {
  return Object.fromEntries(guards.map((guard) => [guard, by]));
}
