import { SallyportError } from "@sallyport/bus";
import type { MovePolicy, PluginPolicy } from "../manifest.js";

/** A plugin moves once in ten minutes at most: one whose figures swing must not swing with them. */
const EVERY_MS = 600_000;
const DAY_MS = 86_400_000;
const WISHES: ReadonlySet<unknown> = new Set(["latency", "memory"]);

export type MoveRules = MovePolicy & Required<Pick<MovePolicy, "everyMs" | "latencyMs">>;

/** What a policy says of moves; `undefined`: nothing. Throws `invalid_argument` naming plugin and field. */
export function moveRules(plugin: string, policy: PluginPolicy | undefined): MoveRules | undefined {
  const wrong = (path: string, expected: string, got: unknown): SallyportError =>
    new SallyportError("invalid_argument", `plugin '${plugin}', policy.${path}: expected ${expected}, got ${JSON.stringify(got) ?? String(got)}`, { plugin, path: `policy.${path}`, help: "Correct it in the config." });
  const { prefer, move } = policy ?? {};
  if (prefer !== undefined && !WISHES.has(prefer)) throw wrong("prefer", "`latency` or `memory`", prefer);
  if (move === undefined) return undefined;
  const { memoryPercent, latencyMs = {}, to, everyMs = EVERY_MS } = move;
  if (memoryPercent !== undefined && !(memoryPercent >= 1 && memoryPercent <= 99)) throw wrong("move.memoryPercent", "a number from 1 to 99", memoryPercent);
  for (const [method, ms] of Object.entries(latencyMs)) if (!(ms > 0 && ms <= DAY_MS)) throw wrong(`move.latencyMs.${method}`, "milliseconds, more than 0", ms);
  if (!(everyMs >= 1 && everyMs <= 1000 * DAY_MS)) throw wrong("move.everyMs", "milliseconds, at least 1", everyMs);
  if (to !== undefined && !(Array.isArray(to) && to.length > 0 && to.every((mode) => typeof mode === "string"))) throw wrong("move.to", "a list of modes", to);
  return { ...move, latencyMs, everyMs };
}
