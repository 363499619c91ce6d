import type { LifecycleEvent, RestartPolicy } from "@sallyport/kernel";
import type { VirtualClock } from "./clock.js";

type Life = LifecycleEvent["event"];

/** What may be told of a plugin after what. An event that is not listed here says nothing of its state. */
const NEXT: Readonly<Partial<Record<Life | "unknown", readonly Life[]>>> = {
  unknown: ["loaded"],
  loaded: ["starting", "draining", "ready"],
  starting: ["ready", "crashed", "breaker_closed", "draining"],
  breaker_closed: ["ready"],
  // A move makes another instance ready in whatever state the plugin is.
  ready: ["crashed", "draining", "ready", "moved"],
  moved: ["crashed", "draining", "ready"],
  draining: ["stopped", "crashed", "unloaded", "starting", "ready", "draining", "breaker_closed"],
  stopped: ["starting", "unloaded", "draining", "ready"],
  // One that was asked to leave may tell of its end after the next one has begun.
  crashed: ["starting", "breaker_open", "draining", "unloaded", "ready"],
  breaker_open: ["starting", "draining", "quarantined", "breaker_closed"],
  quarantined: ["released", "draining"],
  released: ["starting", "draining", "ready"],
  unloaded: ["loaded"],
};
const SHOWN = new Set<string>(Object.keys(NEXT));

export interface Lives {
  told(event: LifecycleEvent): void;
  readonly crashes: number;
  readonly breakers: number;
}

/** Follows each plugin by what the kernel tells of it: legal order, backoff and breaker as the policy says. */
export function followLives(clock: VirtualClock, policy: RestartPolicy, broken: (rule: string) => void): Lives {
  const last = new Map<string, Life>();
  const crashes = new Map<string, number[]>();
  const brokenAt = new Map<string, number>();
  let all = 0;
  let breakers = 0;
  return {
    get crashes() {
      return all;
    },
    get breakers() {
      return breakers;
    },
    told({ plugin, event }) {
      if (!SHOWN.has(event)) return;
      const before = last.get(plugin) ?? "unknown";
      // The end of an instance that was told to leave is told when it comes, whatever the plugin is at by then.
      if (event !== "stopped") {
        if (NEXT[before]?.includes(event) === false) broken(`${plugin} was told '${event}' after '${before}'`);
        last.set(plugin, event);
      }
      const now = clock.now();
      if (event === "loaded" || event === "unloaded" || event === "released") {
        crashes.delete(plugin);
        brokenAt.delete(plugin);
      } else if (event === "crashed") {
        all++;
        crashes.set(plugin, [...(crashes.get(plugin) ?? []).filter((time) => time > now - policy.windowMs), now]);
      } else if (event === "breaker_open") {
        breakers++;
        const count = crashes.get(plugin)?.length ?? 0;
        if (count < policy.crashes && !brokenAt.has(plugin)) broken(`${plugin}: the breaker opened after ${count} of ${policy.crashes} crashes`);
        brokenAt.set(plugin, now);
      } else if (event === "breaker_closed") brokenAt.delete(plugin);
      else if (event === "starting") {
        const since = brokenAt.get(plugin);
        if (since !== undefined && now < since + policy.cooldownMs) broken(`${plugin} starts ${now - since} ms after its breaker opened; the cool-down is ${policy.cooldownMs} ms`);
        // Half of it: the wait may be spread.
        const mine = crashes.get(plugin) ?? [];
        const lastCrash = mine.at(-1);
        const backoffMs = Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** Math.max(0, mine.length - 1)) / 2;
        if (before === "crashed" && lastCrash !== undefined && since === undefined && now < lastCrash + backoffMs) broken(`${plugin} starts ${now - lastCrash} ms after crash ${mine.length} in a row; at least ${backoffMs} ms have to pass`);
      }
    },
  };
}
