import type { Code } from "./codes.js";
import { MAX_DEPTH, MAX_NODES } from "./bounds.js";

/** Bounds of one plugin. The host applies the smaller of manifest and config, and sends the result in its hello. */
export interface Limits {
  /** Memory of an instance, MiB: its processes together, or heap and buffers of its thread. */
  readonly memoryMb: number;
  /** CPU time that an instance may use in its whole life, seconds. */
  readonly cpuSeconds: number;
  /** CPU time that it may use in a window of ten seconds, percent of one CPU. */
  readonly cpuPercent: number;
  /** Files, pipes and sockets that it has open in one process at once. */
  readonly descriptors: number;
  /** Processes and threads of its tree at once. */
  readonly processes: number;
  /** Largest file that it may write, MiB. */
  readonly fileMb: number;
  /** What its private temporary folder holds, MiB. */
  readonly diskMb: number;
  /** Largest frame in either direction, bytes; bounds what one message can make the host hold. */
  readonly frameBytes: number;
  /** Values in one frame: each scalar, array and map is one, keys do not count. Fewer than 64 count as 64. */
  readonly frameItems: number;
  /** How deep arrays and maps of one frame are nested, the frame itself included. Less than 4 counts as 4. */
  readonly frameDepth: number;
  /** Calls the host has open in the plugin at once. */
  readonly inflight: number;
  /** Calls that wait for a place in the plugin; the next one is answered `busy`. */
  readonly queue: number;
  /** Calls the plugin has open through the host at once; the next one is answered `busy`. */
  readonly outgoing: number;
  /** Calls and events that the plugin sends in a second. */
  readonly callsPerSecond: number;
  /** Bytes of frames that the plugin sends in a second; above it the host reads more slowly. */
  readonly bytesPerSecond: number;
  /** Streams open at once, in both directions together. */
  readonly streams: number;
  /** Topic patterns that it hears. */
  readonly subscriptions: number;
  /** Timers of a hardened guest that wait at once. */
  readonly timers: number;
  /** Log lines and lines of output in a second; what is more is counted, not kept. */
  readonly logLines: number;
  /** Longest a call may take, ms, whatever its caller asks for. */
  readonly deadlineMs: number;
  /** Stream items the receiver takes ahead. */
  readonly credit: number;
  /** Events under way to the plugin, and from it, before more credit is given. */
  readonly events: number;
}

/** What there is to know of a limit without a plugin. */
export interface LimitFacts {
  /** Its name in a hello, as PROTOCOL.md lists it. */
  readonly wire: string;
  /** What a plugin gets when neither manifest nor config says otherwise. Never unlimited. */
  readonly usual: number;
  /** The most that a config can give. */
  readonly most: number;
  /** What is reported when it is reached. */
  readonly code: Code;
}

const DAY_S = 86_400;

/** Every limit there is, in the order in which tables show them. */
export const LIMITS = {
  memoryMb: { wire: "memory", usual: 256, most: 1 << 20, code: "memory_limit" },
  cpuSeconds: { wire: "cpu", usual: DAY_S, most: 1000 * DAY_S, code: "cpu_limit" },
  cpuPercent: { wire: "share", usual: 400, most: 102_400, code: "cpu_share_limit" },
  descriptors: { wire: "descriptors", usual: 256, most: 1 << 20, code: "descriptor_limit" },
  processes: { wire: "processes", usual: 64, most: 1 << 16, code: "process_limit" },
  fileMb: { wire: "file", usual: 256, most: 1 << 20, code: "file_limit" },
  diskMb: { wire: "disk", usual: 256, most: 1 << 20, code: "disk_limit" },
  frameBytes: { wire: "frame", usual: 1 << 20, most: 16 << 20, code: "frame_too_large" },
  frameItems: { wire: "items", usual: MAX_NODES, most: MAX_NODES, code: "frame_too_complex" },
  frameDepth: { wire: "depth", usual: MAX_DEPTH, most: MAX_DEPTH, code: "frame_too_complex" },
  inflight: { wire: "inflight", usual: 64, most: 4096, code: "busy" },
  queue: { wire: "queue", usual: 256, most: 65_536, code: "busy" },
  outgoing: { wire: "outgoing", usual: 64, most: 4096, code: "busy" },
  callsPerSecond: { wire: "calls", usual: 1_000_000, most: 1_000_000_000, code: "call_rate_limit" },
  bytesPerSecond: { wire: "bytes", usual: 2 ** 31, most: 2 ** 40, code: "byte_rate_limit" },
  streams: { wire: "streams", usual: 128, most: 8192, code: "stream_limit" },
  subscriptions: { wire: "subscriptions", usual: 64, most: 256, code: "subscription_limit" },
  timers: { wire: "timers", usual: 1024, most: 65_536, code: "timer_limit" },
  logLines: { wire: "logs", usual: 1000, most: 1_000_000, code: "log_limit" },
  deadlineMs: { wire: "deadline", usual: 30_000, most: 1000 * DAY_S, code: "deadline_exceeded" },
  credit: { wire: "credit", usual: 128, most: 4096, code: "credit_violation" },
  events: { wire: "events", usual: 64, most: 65_536, code: "credit_violation" },
} as const satisfies Record<keyof Limits, LimitFacts>;

export const LIMIT_NAMES = Object.keys(LIMITS) as (keyof Limits)[];

export const DEFAULT_LIMITS: Limits = each(({ usual }) => usual);

/** `frameBytes` before the hello is FRAME_BYTES_BEFORE_HELLO whatever is set. */
export const MAX_LIMITS: Limits = each(({ most }) => most);

export const FRAME_BYTES_BEFORE_HELLO = 64 << 10;

/** Names on the wire; the units are those of `Limits`. */
export type WireLimits = { readonly [name in (typeof LIMITS)[keyof Limits]["wire"]]?: number };

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
  return Object.fromEntries(LIMIT_NAMES.map((name) => [LIMITS[name].wire, limits[name]]));
}

/** Reads what a peer claims. Anything but a positive integer is left out, so it can only ever narrow. */
export function fromWireLimits(wire: unknown): Partial<Limits> {
  if (typeof wire !== "object" || wire === null) return {};
  const out: Partial<Record<keyof Limits, number>> = {};
  for (const name of LIMIT_NAMES) {
    const value: unknown = (wire as Record<string, unknown>)[LIMITS[name].wire];
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) out[name] = value;
  }
  return out;
}

function each(pick: (facts: LimitFacts) => number): Limits {
  return Object.fromEntries(LIMIT_NAMES.map((name) => [name, pick(LIMITS[name])])) as unknown as Limits;
}
