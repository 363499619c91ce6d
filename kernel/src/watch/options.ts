import { SallyportError } from "@sallyport/bus";
import type { KernelOptions } from "../api.js";

const USUAL = { sampleMs: 500, heartbeatMs: 5000, startsPerSecond: 32 };
const LEAST = { sampleMs: 10, heartbeatMs: 10, startsPerSecond: 1 };
const HOUR_MS = 3_600_000;

export type WatchSettings = typeof USUAL;

/** Throws `invalid_argument`: a watch that looks all the time would be the attack. */
export function watchSettings(options: KernelOptions): WatchSettings {
  const names = Object.keys(USUAL) as (keyof WatchSettings)[];
  return Object.fromEntries(names.map((name) => [name, checked(name, options[name] ?? USUAL[name])])) as unknown as WatchSettings;
}

function checked(name: keyof WatchSettings, value: number): number {
  if (value >= LEAST[name] && value <= HOUR_MS) return value;
  throw new SallyportError("invalid_argument", `${name} is a number from ${LEAST[name]} to ${HOUR_MS}, got ${String(value)}`, { path: name });
}
