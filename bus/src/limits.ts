/** Bounds of one plugin. The host applies the smaller of manifest and config, and sends the result in its hello. */
export interface Limits {
  /** Heap of the plugin, MiB. How hard it is enforced depends on the mode; see each adapter's README. */
  readonly memoryMb: number;
  /** Largest frame in either direction, bytes; bounds what one message can make the host hold. */
  readonly frameBytes: number;
  /** Calls the host has open in the plugin at once. */
  readonly inflight: number;
  /** Calls that wait for a place in the plugin; the next one is answered `busy`. */
  readonly queue: number;
  /** Calls the plugin has open through the host at once; the next one is answered `busy`. */
  readonly outgoing: number;
  /** Longest a call may take, ms, whatever its caller asks for. */
  readonly deadlineMs: number;
  /** Stream items the receiver takes ahead. */
  readonly credit: number;
  /** Events under way to the plugin, and from it, before more credit is given. */
  readonly events: number;
}

/** What a plugin gets when neither manifest nor config says otherwise. Never unlimited. */
export const DEFAULT_LIMITS: Limits = {
  memoryMb: 256,
  frameBytes: 1 << 20,
  inflight: 64,
  queue: 256,
  outgoing: 64,
  deadlineMs: 30_000,
  credit: 128,
  events: 64,
};

/** The most that a config can give. `frameBytes` before the hello is FRAME_BYTES_BEFORE_HELLO whatever is set. */
export const MAX_LIMITS: Limits = {
  memoryMb: 1 << 20,
  frameBytes: 16 << 20,
  inflight: 4096,
  queue: 65_536,
  outgoing: 4096,
  deadlineMs: 86_400_000,
  credit: 4096,
  events: 65_536,
};

export const FRAME_BYTES_BEFORE_HELLO = 64 << 10;

/** Names and units on the wire, as PROTOCOL.md lists them (`memory` MiB, `frame` bytes, `deadline` ms). */
export interface WireLimits {
  readonly memory?: number;
  readonly frame?: number;
  readonly inflight?: number;
  readonly queue?: number;
  readonly outgoing?: number;
  readonly deadline?: number;
  readonly credit?: number;
  readonly events?: number;
}

const WIRE_NAMES = {
  memoryMb: "memory",
  frameBytes: "frame",
  inflight: "inflight",
  queue: "queue",
  outgoing: "outgoing",
  deadlineMs: "deadline",
  credit: "credit",
  events: "events",
} as const satisfies Record<keyof Limits, keyof WireLimits>;

export const LIMIT_NAMES = Object.keys(WIRE_NAMES) as (keyof Limits)[];

/** The smaller of each: what the defaults become when several parties state limits. */
export function narrowLimits(base: Limits, ...others: (Partial<Limits> | undefined)[]): Limits {
  const out: Record<string, number> = { ...base };
  for (const other of others) {
    if (other === undefined) continue;
    for (const name of LIMIT_NAMES) {
      const value = other[name];
      if (value !== undefined) out[name] = Math.min(out[name] ?? value, value);
    }
  }
  return out as unknown as Limits;
}

export function toWireLimits(limits: Limits): WireLimits {
  return Object.fromEntries(LIMIT_NAMES.map((name) => [WIRE_NAMES[name], limits[name]]));
}

/** Reads what a peer claims. Anything but a positive integer is left out, so it can only ever narrow. */
export function fromWireLimits(wire: unknown): Partial<Limits> {
  if (typeof wire !== "object" || wire === null) return {};
  const out: Partial<Record<keyof Limits, number>> = {};
  for (const name of LIMIT_NAMES) {
    const value: unknown = (wire as Record<string, unknown>)[WIRE_NAMES[name]];
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) out[name] = value;
  }
  return out;
}
