import type { Hooks, Kernel } from "@sallyport/kernel";

/** What one plugin took, as the host measured it. */
export interface Cost {
  readonly plugin: string;
  readonly mode: string;
  readonly language: string;
  readonly calls: number;
  readonly items: number;
  /** Sum over its calls without the wait for a place, ms. Calls overlap, so it can exceed the run's time. */
  readonly totalMs: number;
  readonly medianMs: number;
  readonly restarts: number;
}

export interface Denial {
  readonly plugin: string;
  /** The grant it lacked, `call:ledger.account`. */
  readonly grant: string;
  readonly times: number;
}

/** Listens at the kernel's hooks. */
export interface Observer {
  readonly hooks: Hooks;
  denials(): readonly Denial[];
  costs(kernel: Kernel, languages: Readonly<Record<string, string>>): readonly Cost[];
}

export function createObserver(): Observer {
  const denied = new Map<string, { plugin: string; grant: string; times: number }>();
  const calls = new Map<string, { durations: number[]; items: number }>();
  return {
    hooks: {
      crossing({ kind, direction, plugin, durationMs = 0, queuedMs = 0, items = 0 }) {
        if (kind !== "call" || direction !== "in") return;
        const seen = calls.get(plugin) ?? { durations: [], items: 0 };
        seen.durations.push(durationMs - queuedMs);
        seen.items += items;
        calls.set(plugin, seen);
      },
      lifecycle({ event, plugin, reason = "" }) {
        if (event !== "denied") return;
        const key = `${plugin} ${reason}`;
        const seen = denied.get(key) ?? { plugin, grant: reason, times: 0 };
        seen.times++;
        denied.set(key, seen);
      },
    },
    denials: () => [...denied.values()],
    costs: (kernel, languages) =>
      kernel.list().map(({ name, mode, restarts }) => {
        const { durations, items } = calls.get(name) ?? { durations: [], items: 0 };
        const ordered = [...durations].sort((a, b) => a - b);
        return {
          plugin: name, mode, language: languages[name] ?? "", calls: durations.length, items, restarts,
          totalMs: durations.reduce((sum, ms) => sum + ms, 0),
          medianMs: ordered[ordered.length >> 1] ?? 0,
        };
      }),
  };
}
