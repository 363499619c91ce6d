import { inline } from "@sallyport/adapter-inline";
import { process } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { worker } from "@sallyport/adapter-worker";
import type { Adapter, Enforcement, Guard, Traits } from "@sallyport/kernel";
import type { ModeFacts } from "../advice/modes.js";

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

/** Limits of what a process uses, which the host can measure from outside where there is a /proc. */
const MEASURED: readonly Guard[] = ["memoryMb", "cpuSeconds", "cpuPercent", "descriptors", "processes"];
/** What a hardened guest has no way to ask for. */
const HARDENED: readonly Guard[] = ["files", "network", "peers", "processes", "descriptors", "fileMb", "diskMb"];

export async function modeReports(signal: AbortSignal): Promise<readonly ModeReport[]> {
  return Promise.all([inline({}), worker(), process(), stdio()].map((adapter) => reportOf(adapter, signal)));
}

async function reportOf(adapter: Adapter, signal: AbortSignal): Promise<ModeReport> {
  await using held = adapter;
  const { mode, entries, trust, traits } = held;
  const enforced = await held.enforcement?.(signal);
  return { mode, entries, trust, traits, profile: enforced?.profile ?? "none", by: enforced?.by ?? "nothing", guards: { ...ofItself(mode, traits), ...enforced?.guards }, remedies: enforced?.remedies ?? [] };
}

/** What a mode keeps without the system's help. */
function ofItself(mode: string, traits: Traits): Enforcement["guards"] {
  if (traits.memory === "shared") return {};
  const isProcess = mode === "process" || mode === "stdio";
  return {
    ...(isProcess && globalThis.process.platform === "linux" && each(MEASURED, "measured from outside, about twice a second")),
    ...(traits.authority === "granted" && { ...each(HARDENED, "hardened JavaScript"), timers: "the guest's own clock" }),
    ...(mode === "worker" && { memoryMb: "only by the engine's heap limit: who exhausts it on purpose ends the host", orphans: "a thread ends with its process" }),
  };
}

function each(guards: readonly Guard[], by: string): Enforcement["guards"] {
  return Object.fromEntries(guards.map((guard) => [guard, by]));
}
