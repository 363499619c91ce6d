import { SallyportError, type Clock } from "@sallyport/bus";
import type { PluginState } from "./api.js";
import type { LifecycleEvent } from "./crossing.js";
import type { Ending, Instance } from "./instance.js";
import type { RestartPolicy } from "./manifest.js";

/** Keeps one plugin running: lazy start, restart with backoff, breaker, idle stop. */
export interface Supervisor {
  readonly state: PluginState;
  /** The live instance; `undefined` unless `ready`. */
  readonly current: Instance | undefined;
  /** Crashes within the breaker's window. */
  readonly crashes: number;
  /** Restarts since the load. */
  readonly restarts: number;
  /** A live instance, started or waited for if need be. Rejects `unavailable`, or what the start failed with. */
  ready(): Promise<Instance>;
  /** Work is done: the idle clock starts again. */
  touch(): void;
  /** Drains and replaces the instance, as it asked for with `bye`. */
  recycle(): void;
  /** Ends it for good. */
  stop(drainMs: number): Promise<void>;
}

export interface SupervisorOptions {
  readonly plugin: string;
  readonly policy: RestartPolicy | undefined;
  readonly eager: boolean;
  readonly idleStopMs: number | undefined;
  readonly drainMs: number;
  readonly clock: Clock;
  start(signal: AbortSignal): Promise<Instance>;
  /** Whether calls are open or waiting; an idle stop waits for `false`. */
  busy(): boolean;
  event(event: LifecycleEvent["event"], reason?: string, instance?: string): void;
  onReady(instance: Instance): void;
  onEnd(instance: Instance, ending: Ending): void;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { plugin, policy, clock } = options;
  let state: PluginState = "idle";
  let current: Instance | undefined;
  let pending: Promise<Instance> | undefined;
  let crashTimes: number[] = [];
  let restarts = 0;
  let brokenUntil = 0;
  let idleTimer: unknown;
  let leaving: Promise<unknown> = Promise.resolve();
  const stopping = new AbortController();

  function start(): Promise<Instance> {
    state = "starting";
    options.event("starting");
    const attempt = leaving.then(() => options.start(stopping.signal)).then(
      (instance) => {
        pending = undefined;
        state = "ready";
        current = instance;
        if (brokenUntil > 0) options.event("breaker_closed", undefined, instance.id);
        brokenUntil = 0;
        options.event("ready", instance.label, instance.id);
        void instance.ended.then((ending) => ended(instance, ending));
        options.onReady(instance);
        touch();
        return instance;
      },
      (error: unknown) => {
        pending = undefined;
        if (!stopping.signal.aborted) afterCrash(error);
        throw error;
      },
    );
    pending = attempt;
    // Someone may wait for it or not; a failed start is reported as a crash either way.
    attempt.catch(() => undefined);
    return attempt;
  }

  function ended(instance: Instance, ending: Ending): void {
    if (current === instance) current = undefined;
    options.onEnd(instance, ending);
    if (ending.expected || stopping.signal.aborted) {
      options.event("stopped", undefined, instance.id);
      if (state === "ready") state = "idle";
      return;
    }
    afterCrash(ending.error, instance.id);
  }

  function afterCrash(error: unknown, instance?: string): void {
    clock.clearTimeout(idleTimer);
    const now = clock.now();
    options.event("crashed", error instanceof SallyportError ? error.code : String(error), instance);
    if (policy === undefined) {
      state = "broken";
      brokenUntil = Infinity;
      return;
    }
    crashTimes = [...crashTimes.filter((time) => time > now - policy.windowMs), now];
    if (crashTimes.length >= policy.crashes) {
      state = "broken";
      brokenUntil = now + policy.cooldownMs;
      options.event("breaker_open", `${crashTimes.length} crashes within ${policy.windowMs} ms`);
      return;
    }
    state = "backoff";
    restarts++;
    const waitMs = Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** (crashTimes.length - 1));
    const restart = new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, waitMs);
      stopping.signal.addEventListener("abort", () => {
        clock.clearTimeout(timer);
        resolve();
      }, { once: true });
    }).then(() => {
      if (stopping.signal.aborted) throw gone();
      return start();
    });
    pending = restart;
    restart.catch(() => undefined);
  }

  function gone(): SallyportError {
    return new SallyportError("unavailable", `'${plugin}' is being unloaded`, { plugin, retryable: false });
  }

  function touch(): void {
    if (options.idleStopMs === undefined) return;
    clock.clearTimeout(idleTimer);
    idleTimer = clock.setTimeout(() => {
      if (state !== "ready" || options.busy()) return;
      retire("idle");
    }, options.idleStopMs, true);
  }

  /** The instance leaves; the next call starts a fresh one, after it is gone. */
  function retire(why: "idle" | "reload"): void {
    const instance = current;
    if (instance === undefined || state !== "ready") return;
    current = undefined;
    state = "idle";
    options.event("draining", why, instance.id);
    leaving = instance.stop(why, options.drainMs);
  }

  return {
    get state() {
      return state;
    },
    get current() {
      return current;
    },
    get crashes() {
      return crashTimes.length;
    },
    get restarts() {
      return restarts;
    },
    ready() {
      if (current !== undefined && state === "ready") return Promise.resolve(current);
      if (stopping.signal.aborted) return Promise.reject(gone());
      if (pending !== undefined) return pending;
      if (state === "broken" && clock.now() < brokenUntil) {
        const retryAfterMs = Number.isFinite(brokenUntil) ? Math.ceil(brokenUntil - clock.now()) : undefined;
        return Promise.reject(
          new SallyportError("unavailable", `'${plugin}' crashed ${Math.max(1, crashTimes.length)} times and is not restarted ${retryAfterMs === undefined ? "by its policy" : "before its cool-down is over"}`, {
            plugin, ...(retryAfterMs === undefined ? { retryable: false, help: "Its restart policy is false: unload and load it again." } : { retryAfterMs }),
          }),
        );
      }
      return start();
    },
    touch,
    recycle() {
      retire("reload");
      if (options.eager && !stopping.signal.aborted) void start().catch(() => undefined);
    },
    async stop(drainMs) {
      state = "draining";
      clock.clearTimeout(idleTimer);
      const instance = current;
      const starting = pending;
      stopping.abort(gone());
      options.event("draining", "unload", instance?.id);
      await starting?.catch(() => undefined);
      // A start that won the race against the abort is stopped like any other.
      await (instance ?? current)?.stop("shutdown", drainMs);
      await leaving;
      state = "stopped";
    },
  };
}
