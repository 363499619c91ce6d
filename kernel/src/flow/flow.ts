import { createRate, isCode, LIMITS, SallyportError, type Clock, type Limits, type Rate } from "@sallyport/bus";
import type { LifecycleEvent } from "../crossing.js";
import { createDigest, type Digest } from "./digest.js";
import { createHistogram, type Histogram } from "./histogram.js";

/** What is lost of a wait by subtracting moments: 200 ms must not become 201. */
const ROUNDING_MS = 1e-6;

/** What flows from and to one plugin, over all of its instances: counted, and kept within its limits. */
export interface Flow {
  readonly latency: Histogram;
  readonly counts: FlowCounts;
  /** How often each limit was reached, and each code ended a call or an instance: names that we made, never the plugin's. */
  readonly reached: ReadonlyMap<keyof Limits, number>;
  readonly failures: ReadonlyMap<string, number>;
  readonly crashes: ReadonlyMap<string, number>;
  /** The limits that its hello narrowed. */
  agree(limits: Limits): void;
  /** One more call or event of the plugin: 0, or it comes too soon by so many ms. */
  send(): number;
  tooSoon(method: string, waitMs: number): SallyportError;
  /** One more stream, or why not. Every one that was opened is closed once. */
  openStream(method: string): SallyportError | undefined;
  closeStream(): void;
  readonly streams: number;
  /** Whether one more line of log or output is kept. */
  keepsLine(): boolean;
  /** An event to the plugin, or from it, that was dropped. */
  dropped(topic: string, why: string): void;
  /** Something that it has no grant for. */
  denied(what: string, detail?: unknown): void;
  /** Whether a record of a refused call is made; what is not is counted. */
  recordsRefusal(): boolean;
  /** A call of it failed. */
  failed(code: string): void;
  crashed(code: string): void;
  /** A limit was reached, `times` times. */
  limit(name: keyof Limits, used: number, times?: number): void;
  /** It is unloaded: tells what was only counted so far. */
  close(): void;
}

export interface FlowCounts {
  /** Calls and events that it sent. */
  sent: number;
  dropped: number;
  logLines: number;
  logDropped: number;
}

export interface FlowOptions {
  readonly plugin: string;
  readonly clock: Clock;
  readonly limits: Limits;
  report(event: LifecycleEvent["event"], reason: string, detail: unknown): void;
  /** A word of the host's own about the plugin: no limit keeps it back. */
  say(message: string): void;
}

/** Denials, dropped events and refused calls that are told by themselves in a second; a person reads no more, and a log is not flooded by them. */
const DENIALS = 20;
const DROPS = 20;
const REFUSALS = 100;
/** A stream that ends makes room; when, nobody knows. */
const STREAM_RETRY_MS = 100;

interface Reached { times: number; used: number; readonly digest: Digest }

export function createFlow({ plugin, clock, report, say, ...options }: FlowOptions): Flow {
  let { limits } = options;
  let calls = createRate(limits.callsPerSecond);
  let lines = createRate(limits.logLines);
  let streams = 0;
  const counts: FlowCounts = { sent: 0, dropped: 0, logLines: 0, logDropped: 0 };
  const reached = new Map<keyof Limits, Reached>();
  const failures = new Map<string, number>();
  const crashes = new Map<string, number>();
  const digest = (most: number, rest: (times: number) => void): Digest => createDigest({ clock, most, rest });
  const denials = digest(DENIALS, (count) => report("denied", `${count} more`, { count }));
  const drops = digest(DROPS, (count) => report("dropped", `${count} more`, { count }));
  const refusals = digest(REFUSALS, (count) => report("dropped", `${count} records of refused calls and events`, { count }));
  const silenced = digest(0, (count) => {
    say(`${count} lines of '${plugin}' were dropped: its limit is ${limits.logLines} in a second`);
    limit("logLines", count, count);
  });

  function limit(name: keyof Limits, used: number, times = 1): void {
    let entry = reached.get(name);
    if (entry === undefined) {
      entry = { times: 0, used, digest: digest(1, (count) => tellLimit(name, count)) };
      reached.set(name, entry);
    }
    entry.times += times;
    entry.used = used;
    if (entry.digest.admits(times)) tellLimit(name, times);
  }

  function tellLimit(name: keyof Limits, count: number): void {
    report("limit", LIMITS[name].code, { limit: name, used: reached.get(name)?.used, allowed: limits[name], count });
  }

  return {
    latency: createHistogram(),
    counts, failures, crashes,
    get reached() {
      return new Map([...reached].map(([name, { times }]) => [name, times]));
    },
    agree(agreed) {
      // A restart must not give back what was used up.
      calls = sameOrNew(calls, limits.callsPerSecond, agreed.callsPerSecond);
      lines = sameOrNew(lines, limits.logLines, agreed.logLines);
      limits = agreed;
    },
    send() {
      counts.sent++;
      const waitMs = calls.take(clock.turnNow());
      if (waitMs > 0) limit("callsPerSecond", limits.callsPerSecond + 1);
      return waitMs;
    },
    tooSoon: (method, waitMs) =>
      new SallyportError("call_rate_limit", `'${plugin}' sent more than ${limits.callsPerSecond} calls and events in a second`, {
        plugin, method, retryAfterMs: Math.max(1, Math.ceil(waitMs - ROUNDING_MS)), data: { limit: "callsPerSecond", allowed: limits.callsPerSecond },
      }),
    openStream(method) {
      if (streams < limits.streams) {
        streams++;
        return undefined;
      }
      limit("streams", streams + 1);
      return new SallyportError("stream_limit", `'${plugin}' has ${streams} streams open; its limit is ${limits.streams}`, {
        plugin, method, retryAfterMs: STREAM_RETRY_MS, data: { limit: "streams", allowed: limits.streams },
      });
    },
    get streams() {
      return streams;
    },
    closeStream() {
      streams--;
    },
    keepsLine() {
      if (lines.take(clock.turnNow()) === 0) {
        counts.logLines++;
        return true;
      }
      counts.logDropped++;
      silenced.admits();
      return false;
    },
    dropped(topic, why) {
      counts.dropped++;
      if (drops.admits()) report("dropped", why, { topic });
    },
    denied(what, detail) {
      if (denials.admits()) report("denied", what, detail);
    },
    recordsRefusal: () => refusals.admits(),
    failed(code) {
      count(failures, isCode(code) ? code : "plugin");
      // A guest's own timers are counted where they are; this is how the host hears of it.
      if (code === LIMITS.timers.code) limit("timers", limits.timers);
    },
    crashed: (code) => count(crashes, isCode(code) ? code : "internal"),
    limit,
    close() {
      for (const one of [silenced, denials, drops, refusals]) one.flush();
      for (const { digest: one } of reached.values()) one.flush();
    },
  };
}

function sameOrNew(rate: Rate, before: number, after: number): Rate {
  return before === after ? rate : createRate(after);
}

function count(table: Map<string, number>, name: string): void {
  table.set(name, (table.get(name) ?? 0) + 1);
}
