import { SallyportError } from "@sallyport/bus";
import { beingMoved, beingUnloaded, broken, inQuarantine } from "./absence.js";
import type { PluginState } from "./api.js";
import { createIdleWatch } from "./idle.js";
import type { Ending, Instance } from "./instance.js";
import type { RestartPolicy } from "./manifest.js";
import type { MoveOrder, Supervisor, SupervisorOptions } from "./supervisor.js";

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
  /** Ends the wait before a restart. */
  let wake: (() => void) | undefined;
  let leaving: Promise<void> = Promise.resolve();
  /** The start that is under way; one that a move made needless is given up by its own signal. */
  let starting: AbortController | undefined;
  let moving: { readonly done: Promise<Instance>; readonly abort: AbortController } | undefined;
  /** Starts that have not come to an end yet, those that a move made needless too. */
  const opening = new Set<Promise<unknown>>();
  /** Instances that were moved away from, until their end. */
  const relieved = new Map<Instance, Promise<unknown>>();
  const stopping = new AbortController();
  const idle = createIdleWatch({ clock, idleStopMs: options.idleStopMs, lives: () => state === "ready", busy: options.busy, retire: () => retire("idle") });

  function start(): Promise<Instance> {
    state = "starting";
    options.event("starting");
    const mine = (starting = new AbortController());
    const { signal } = mine;
    // The host asked for the first one; the others are the plugin's doing.
    const turn = starts++ === 0 ? leaving : leaving.then(() => options.turn(signal));
    const opened = turn.then(() => options.start(signal));
    const attempt = opened.then(
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
    const over: Promise<unknown> = Promise.allSettled([opened]).then(() => opening.delete(over));
    opening.add(over);
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
    idle.touch();
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
    idle.stop();
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
    throw stopping.signal.aborted ? beingUnloaded(plugin) : inQuarantine(plugin, quarantinedFor, openings);
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
    idle.stop();
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
      if (stopping.signal.aborted) throw beingUnloaded(plugin);
      return pending === restart ? start() : ready();
    });
    pending = restart;
    restart.catch(() => undefined);
  }

  function ready(): Promise<Instance> {
    if (current !== undefined && state === "ready") return Promise.resolve(current);
    if (stopping.signal.aborted) return Promise.reject(beingUnloaded(plugin));
    if (pending !== undefined) return pending;
    if (state === "quarantined") return Promise.reject(inQuarantine(plugin, quarantinedFor, openings));
    if (state === "broken" && clock.now() < brokenUntil) return Promise.reject(broken(plugin, crashTimes.length, brokenUntil - clock.now()));
    return start();
  }

  /** The instance leaves; the next call starts a fresh one, after it is gone. */
  function retire(why: "idle" | "reload"): void {
    const instance = current;
    if (instance === undefined || state !== "ready") return;
    current = undefined;
    state = "idle";
    options.event("draining", why, instance.id);
    // One that left before a move may not be gone yet. What they resolve with is not kept: each would hold all before it.
    leaving = Promise.all([leaving, instance.stop(why, options.drainMs)]).then(() => undefined);
  }

  /**
   * Drains and replaces an instance that said goodbye. The first goodbye within the policy's window is answered at
   * once, the next ones ever more slowly: a plugin that leaves at every start must not keep the host busy with it.
   */
  function recycle(instance: Instance): void {
    if (current !== instance || state !== "ready") return;
    idle.stop();
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
    touch: () => idle.touch(),
    replace(instance) {
      if (current?.id === instance) recycle(current);
    },
    move(order) {
      if (stopping.signal.aborted) return Promise.reject(beingUnloaded(plugin));
      if (state === "quarantined") return Promise.reject(inQuarantine(plugin, quarantinedFor, openings));
      if (moving !== undefined) return Promise.reject(beingMoved(plugin));
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
      idle.stop();
      const instance = current;
      const underWay = [pending, moving?.done, ...opening].filter((each) => each !== undefined);
      stopping.abort(beingUnloaded(plugin));
      starting?.abort(beingUnloaded(plugin));
      moving?.abort.abort(beingUnloaded(plugin));
      wake?.();
      options.event("draining", "unload", instance?.id);
      await Promise.allSettled(underWay);
      // A start that won the race against the abort is stopped like any other.
      await (instance ?? current)?.stop("shutdown", drainMs);
      await leaving;
      await Promise.allSettled(relieved.values());
      state = "stopped";
    },
  };
}
