import type { PluginSnapshot, Snapshot } from "./snapshot.js";

/** What happened between two snapshots, each a second. What cannot be told is left out. */
export interface Rates {
  /** Of one CPU. */
  readonly cpuPercent?: number;
  readonly callsPerSecond?: number;
  readonly bytesInPerSecond?: number;
  readonly bytesOutPerSecond?: number;
}

export interface Rated extends PluginSnapshot {
  readonly rates: Rates;
}

/** Of an instance that is new, nothing is told that counts from its start. */
export function rated(now: Snapshot, before: Snapshot | undefined): readonly Rated[] {
  const seconds = before === undefined ? 0 : (now.at - before.at) / 1000;
  const earlier = new Map(before?.plugins.map((plugin) => [plugin.name, plugin]));
  return now.plugins.map((plugin) => ({ ...plugin, rates: ratesOf(plugin, earlier.get(plugin.name), seconds) }));
}

function ratesOf(now: PluginSnapshot, before: PluginSnapshot | undefined, seconds: number): Rates {
  if (before === undefined || !(seconds > 0)) return {};
  const rate = (to: number | undefined, from: number | undefined): number | undefined => (to === undefined || from === undefined || to < from ? undefined : (to - from) / seconds);
  const isSame = now.instance !== undefined && now.instance === before.instance;
  const cpuMs = isSame ? rate(now.usage?.cpuMs, before.usage?.cpuMs) : undefined;
  const calls = rate(now.calls, before.calls);
  const bytesIn = isSame ? rate(now.bytesIn, before.bytesIn) : undefined;
  const bytesOut = isSame ? rate(now.bytesOut, before.bytesOut) : undefined;
  return {
    ...(cpuMs !== undefined && { cpuPercent: cpuMs / 10 }),
    ...(calls !== undefined && { callsPerSecond: calls }),
    ...(bytesIn !== undefined && { bytesInPerSecond: bytesIn }),
    ...(bytesOut !== undefined && { bytesOutPerSecond: bytesOut }),
  };
}
