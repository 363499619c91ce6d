import { SallyportError, type Clock } from "@sallyport/bus";
import type { PluginState } from "./api.js";
import type { LifecycleEvent } from "./crossing.js";
import type { Ending, Instance } from "./instance.js";
import type { RestartPolicy } from "./manifest.js";

/** Keeps one plugin running: lazy start, restart with backoff, breaker, quarantine, idle stop. */
export interface Supervisor {
  readonly state: PluginState;
  /** The live instance; `undefined` unless `ready`. */
  readonly current: Instance | undefined;
  /** Restarts since the load. */
  readonly restarts: number;
  /** A live instance, started or waited for if need be. Rejects `unavailable`, or what the start failed with. */
  ready(): Promise<Instance>;
  /** There was something to do: the idle clock starts again. */
  touch(): void;
  /** Drains the live instance, if it is this one, and starts a fresh one, as after its own goodbye. */
  replace(instance: string): void;
  /**
   * Starts an instance in another way and lets it take over; the live one, if there is one, drains. Who waits for an instance
   * gets the new one. Rejects with what the start failed with, having changed nothing; `quarantined`; `unavailable` at an unload.
   */
  move(options: MoveOrder): Promise<Instance>;
  /** Ends a quarantine. */
  release(): void;
  /** Ends it for good. */
  stop(drainMs: number): Promise<void>;
}

export interface MoveOrder {
  readonly drainMs: number;
  /** For the record. */
  readonly reason: string;
  readonly detail: unknown;
  start(signal: AbortSignal): Promise<Instance>;
  /** The new instance is the plugin's from here on, and so is the way in which it was started. */
  takeOver(): void;
}

export interface SupervisorOptions {
  readonly plugin: string;
  readonly policy: RestartPolicy | undefined;
  readonly eager: boolean;
  readonly idleStopMs: number | undefined;
  readonly drainMs: number;
  readonly clock: Clock;
  start(signal: AbortSignal): Promise<Instance>;
  /** Resolves when it may start again. */
  turn(signal: AbortSignal): Promise<void>;
  /** Whether calls to it or from it are open or waiting; an idle stop waits for `false`. */
  busy(): boolean;
  event(event: LifecycleEvent["event"], reason?: string, instance?: string, detail?: unknown): void;
  onReady(instance: Instance): void;
  onEnd(instance: Instance, ending: Ending): void;
}

/** Of a backoff, added to it at random. */
const JITTER = 0.25;

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { plugin, policy, clock } = options;
  let state: PluginState = "idle";
  let current: Instance | undefined;
  let pending: Promise<Instance> | undefined;
  let crashTimes: number[] = [];
  let goodbyeTimes: number[] = [];
  let restarts = 0;
  let brokenUntil = 0;
  /** Of the breaker, since an instance last lived for the whole window. */
  let openings = 0;
  /** Code of its last failure before the quarantine. */
  let quarantinedFor = "";
  let starts = 0;
  let readyMs = 0;
  let idleTimer: unknown;
  let touchedMs = 0;
  /** Ends the wait before a restart. */
  let wake: (() => void) | undefined;
  let leaving: Promise<unknown> = Promise.resolve();
  /** The start that is under way; one that a move made needless is given up by its own signal. */
  let starting: AbortController | undefined;
  let moving: { readonly done: Promise<Instance>; readonly abort: AbortController } | undefined;
  /** Instances that were moved away from, until their end. */
  const relieved = new Map<Instance, Promise<unknown>>();
  const stopping = new AbortController();

  function start(): Promise<Instance> {
    state = "starting";
    options.event("starting");
    const mine = (starting = new AbortController());
    const { signal } = mine;
    // The host asked for the first one; the others are the plugin's doing.
    const turn = starts++ === 0 ? leaving : leaving.then(() => options.turn(signal));
    const attempt = turn.then(() => options.start(signal)).then(
      (instance) => {
        if (starting !== mine) {
          void discard(instance);
          return ready();
        }
        starting = undefined;
        pending = undefined;
        adopt(instance);
        return instance;
      },
      (error: unknown) => {
        if (starting !== mine) return ready();
        starting = undefined;
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

  function adopt(instance: Instance): void {
    state = "ready";
    current = instance;
    if (brokenUntil > 0) options.event("breaker_closed", undefined, instance.id);
    brokenUntil = 0;
    readyMs = clock.now();
    options.event("ready", instance.label, instance.id);
    void instance.ended.then((ending) => ended(instance, ending));
    void instance.goodbye.then(() => recycle(instance));
    options.onReady(instance);
    touch();
  }

  /** It may finish what it has; nothing new comes to it. */
  function relieve(instance: Instance, drainMs: number): Promise<unknown> {
    const end = instance.stop("move", drainMs).then(() => relieved.delete(instance));
    relieved.set(instance, end);
    return end;
  }

  /** One that came up for nothing. */
  function discard(instance: Instance): Promise<unknown> {
    void instance.ended.then((ending) => ended(instance, ending));
    return relieve(instance, 0);
  }

  /** The new instance takes over from whatever there is: a live one, one that starts, one that will be started later. */
  function land(instance: Instance, { drainMs, reason, detail, takeOver }: MoveOrder): void {
    const old = current;
    const given = starting;
    stopIdleWatch();
    starting = undefined;
    pending = undefined;
    takeOver();
    adopt(instance);
    options.event("moved", reason, instance.id, detail);
    // Who waits for these is sent on to the new one.
    given?.abort(new SallyportError("cancelled", `'${plugin}' was moved while it started`, { plugin }));
    wake?.();
    if (old === undefined) return;
    options.event("draining", "move", old.id);
    void relieve(old, drainMs);
  }

  async function move(order: MoveOrder, signal: AbortSignal): Promise<Instance> {
    const instance = await order.start(signal);
    if (!stopping.signal.aborted && state !== "quarantined") {
      land(instance, order);
      return instance;
    }
    await discard(instance);
    throw stopping.signal.aborted ? gone() : inQuarantine();
  }

  function ended(instance: Instance, ending: Ending): void {
    if (current === instance) current = undefined;
    options.onEnd(instance, ending);
    if (ending.expected || stopping.signal.aborted || relieved.has(instance)) {
      options.event("stopped", undefined, instance.id);
      return;
    }
    if (policy !== undefined && clock.now() - readyMs >= policy.windowMs) openings = 0;
    afterCrash(ending.error, instance.id);
  }

  function afterCrash(error: unknown, instance?: string): void {
    stopIdleWatch();
    const now = clock.now();
    const crash = error instanceof SallyportError ? error.crash : undefined;
    options.event("crashed", error instanceof SallyportError ? error.code : String(error), instance, crash);
    if (policy === undefined) return giveUp();
    crashTimes = [...crashTimes.filter((time) => time > now - policy.windowMs), now];
    // After a cool-down one start is tried, and a failed one is enough: `brokenUntil` is set until a start succeeds.
    if (brokenUntil > 0 || crashTimes.length >= policy.crashes) {
      options.event("breaker_open", `${crashTimes.length} crashes within ${policy.windowMs} ms`);
      if (++openings >= policy.quarantineAfter) return quarantine(error);
      state = "broken";
      brokenUntil = now + policy.cooldownMs;
      return;
    }
    restartLater(policy, crashTimes.length);
  }

  function quarantine(error: unknown): void {
    state = "quarantined";
    quarantinedFor = error instanceof SallyportError ? error.code : "internal";
    options.event("quarantined", quarantinedFor, undefined, { openings });
  }

  function giveUp(): void {
    state = "broken";
    brokenUntil = Infinity;
  }

  function restartLater({ backoffMs, maxBackoffMs }: RestartPolicy, times: number): void {
    state = "backoff";
    restarts++;
    const restart: Promise<Instance> = new Promise<void>((resolve) => {
      // In the background: a call that waits for the plugin has its own timer, and nobody else needs the process for it.
      const waitMs = Math.min(maxBackoffMs, backoffMs * 2 ** (times - 1));
      // Those that ended together must not come back together.
      const timer = clock.setTimeout(resolve, waitMs * (1 + JITTER * Math.random()), true);
      wake = () => {
        clock.clearTimeout(timer);
        resolve();
      };
    }).then(() => {
      wake = undefined;
      if (stopping.signal.aborted) throw gone();
      return pending === restart ? start() : ready();
    });
    pending = restart;
    restart.catch(() => undefined);
  }

  function inQuarantine(): SallyportError {
    return new SallyportError("quarantined", `'${plugin}' is in quarantine: it failed again and again, last with ${quarantinedFor}, and is not started any more`, { plugin, data: { reason: quarantinedFor, openings } });
  }

  function ready(): Promise<Instance> {
    if (current !== undefined && state === "ready") return Promise.resolve(current);
    if (stopping.signal.aborted) return Promise.reject(gone());
    if (pending !== undefined) return pending;
    if (state === "quarantined") return Promise.reject(inQuarantine());
    if (state === "broken" && clock.now() < brokenUntil) {
      const retryAfterMs = Number.isFinite(brokenUntil) ? Math.ceil(brokenUntil - clock.now()) : undefined;
      return Promise.reject(
        new SallyportError("unavailable", retryAfterMs === undefined ? `'${plugin}' has ended and is not restarted` : `'${plugin}' crashed ${crashTimes.length} times and is not restarted before its cool-down is over`, {
          plugin, ...(retryAfterMs === undefined ? { retryable: false, help: "Its restart policy is false: unload and load it again." } : { retryAfterMs }),
        }),
      );
    }
    return start();
  }

  function gone(): SallyportError {
    return new SallyportError("unavailable", `'${plugin}' is being unloaded`, { plugin, retryable: false });
  }

  function touch(): void {
    if (options.idleStopMs === undefined) return;
    // A timer for each call would cost more than the call: this one is set again when it finds that there was work.
    touchedMs = clock.turnNow();
    idleTimer ??= watchIdle(options.idleStopMs, options.idleStopMs);
  }

  function watchIdle(idleStopMs: number, afterMs: number): unknown {
    return clock.setTimeout(() => {
      idleTimer = undefined;
      if (state !== "ready") return;
      if (options.busy()) return touch();
      const leftMs = touchedMs + idleStopMs - clock.now();
      if (leftMs > 0) idleTimer = watchIdle(idleStopMs, leftMs);
      else retire("idle");
    }, afterMs, true);
  }

  function stopIdleWatch(): void {
    clock.clearTimeout(idleTimer);
    idleTimer = undefined;
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

  /**
   * Drains and replaces an instance that said goodbye. The first goodbye within the policy's window is answered at
   * once, the next ones ever more slowly: a plugin that leaves at every start must not keep the host busy with it.
   */
  function recycle(instance: Instance): void {
    if (current !== instance || state !== "ready") return;
    stopIdleWatch();
    retire("reload");
    if (policy === undefined) return giveUp();
    const now = clock.now();
    const before = goodbyeTimes.filter((time) => time > now - policy.windowMs);
    goodbyeTimes = [...before, now];
    if (before.length > 0) restartLater(policy, before.length);
    else if (options.eager) {
      restarts++;
      void start();
    }
  }

  return {
    get state() {
      return state;
    },
    get current() {
      return state === "ready" ? current : undefined;
    },
    get restarts() {
      return restarts;
    },
    ready,
    touch,
    replace(instance) {
      if (current?.id === instance) recycle(current);
    },
    move(order) {
      if (stopping.signal.aborted) return Promise.reject(gone());
      if (state === "quarantined") return Promise.reject(inQuarantine());
      if (moving !== undefined) return Promise.reject(new SallyportError("conflict", `'${plugin}' is being moved already`, { plugin, help: "Wait for the end of that move." }));
      const abort = new AbortController();
      const done = move(order, abort.signal).finally(() => (moving = undefined));
      moving = { done, abort };
      return done;
    },
    release() {
      if (state !== "quarantined") return;
      state = "idle";
      crashTimes = [];
      openings = 0;
      brokenUntil = 0;
      options.event("released");
      if (options.eager) void start();
    },
    async stop(drainMs) {
      state = "draining";
      stopIdleWatch();
      const instance = current;
      const underWay = [pending, moving?.done];
      stopping.abort(gone());
      starting?.abort(gone());
      moving?.abort.abort(gone());
      wake?.();
      options.event("draining", "unload", instance?.id);
      await Promise.allSettled(underWay);
      // A start that won the race against the abort is stopped like any other.
      await (instance ?? current)?.stop("shutdown", drainMs);
      await Promise.all([leaving, ...relieved.values()]);
      state = "stopped";
    },
  };
}
