import { isSallyportError, type Clock } from "@sallyport/bus";
import { createKernel, type Kernel, type RestartPolicy } from "@sallyport/kernel";
import { MODES, simulatedAdapter, SLOW_START_MS, type Player } from "./adapter.js";
import { virtualClock, type VirtualClock } from "./clock.js";
import { dice as createDice } from "./dice.js";
import { followLives } from "./lives.js";

const PLUGINS = 3;
const ALL = Array.from({ length: PLUGINS }, (_, i) => `p${i}`);
const POLICY: RestartPolicy = { backoffMs: 100, maxBackoffMs: 1000, crashes: 3, windowMs: 5000, cooldownMs: 2000, quarantineAfter: 2 };
const INFLIGHT = 3;
const QUEUE = 4;
const TIMEOUT_MS = 3000;
const START_TIMEOUT_MS = 500;
/** Longer than any deadline, grace, drain and start together. */
const PATIENCE_MS = 20_000;

export interface KernelEpisode { readonly seed: number; readonly steps: number }
export interface Played { readonly calls: number; readonly crashes: number; readonly breakers: number; readonly moves: number; readonly outcomes: Record<string, number> }

/** Plays `steps` random steps with one kernel and three plugins, then closes it. Throws the rule that broke. Returns what happened, so that a test can see that enough did. */
export async function simulateKernel({ seed, steps }: KernelEpisode): Promise<Played> {
  const { random } = Math;
  // What is added to waits at random must be the same when the seed is.
  const jitter = createDice(seed + 1);
  Math.random = () => jitter.below(1 << 30) / (1 << 30);
  const now = Date.now;
  let jumps = seed;
  // Somebody sets the wall clock, back and forth by years: nothing but records may look at it.
  Date.now = () => (now() + Math.imul((jumps += 1), 0x9e3779b1) * 100) | 0;
  try {
    return await play({ seed, steps });
  } finally {
    Date.now = now;
    Math.random = random;
  }
}

async function play({ seed, steps }: KernelEpisode): Promise<Played> {
  const dice = createDice(seed);
  const clock = virtualClock();
  const trace: string[] = [];
  let failure: string | undefined;
  let calm = false;
  const broken = (rule: string): void => void (failure ??= rule);
  const players: Player[] = [];
  /** Moves under way; plugins that were moved since they were loaded. */
  const moving = new Map<string, number>();
  const roaming = new Set<string>();
  const adapters = MODES.map((mode) => simulatedAdapter({ mode, players, clock, dice, calm: () => calm, broken, roams: (name) => roaming.has(name) }));
  const lives = followLives(clock, POLICY, broken);
  const outcomes: Record<string, number> = {};
  let calls = 0;
  let moves = 0;
  let open = 0;
  const aborts = new Set<AbortController>();
  const kernel = withClock(clock, () => createKernel({ adapters, graceMs: 100, timeoutMs: TIMEOUT_MS, hooks: { lifecycle: (event) => { trace.push(`${event.event}:${event.plugin}`); if (event.event === "moved") roaming.add(event.plugin); if (event.event === "unloaded") roaming.delete(event.plugin); lives.told(event); } } }));
  kernel.provide("host.note", (params: unknown) => params);

  const load = (name: string): Promise<unknown> => kernel.load({
    path: name, mode: "simulated", start: dice.oneIn(2) ? "lazy" : "eager", startTimeoutMs: START_TIMEOUT_MS, restart: POLICY, grants: ["call:host.*", "call:p0.*", "subscribe:t.*", "publish:t.*"],
    limits: { inflight: INFLIGHT, queue: QUEUE }, ...(dice.oneIn(3) && { idleStopMs: 300 }),
  }).catch((error: unknown) => noted(error));

  function noted(error: unknown): void {
    const code = isSallyportError(error) ? error.code : `untyped: ${String(error)}`;
    outcomes[code] = (outcomes[code] ?? 0) + 1;
    if (!isSallyportError(error)) broken(`an error without a code: ${String((error as Error)?.stack ?? error)}`);
  }

  /** Each call ends once, in time, whatever happens to its provider. */
  function call(name: string): void {
    const number = ++calls;
    const timeoutMs = 1 + dice.below(TIMEOUT_MS);
    const dueMs = clock.now() + timeoutMs + 20;
    const abort = dice.oneIn(4) ? new AbortController() : undefined;
    if (abort !== undefined) aborts.add(abort);
    let ended = 0;
    const over = (code: string): void => {
      open--;
      if (++ended > 1) broken(`call ${number} ended ${ended} times`);
      if (clock.now() > dueMs) broken(`${what} ${number} ended ${clock.now() - dueMs} ms late: ${code}`);
    };
    open++;
    const options = { timeoutMs, ...(abort && { signal: abort.signal }) };
    const what = dice.oneIn(4) ? "stream" : "call";
    const done = what === "stream" ? drainStream(kernel, `${name}.items`, number, options) : kernel.call(`${name}.work`, number, options);
    done.then(
      (value) => {
        over("ok");
        outcomes["ok"] = (outcomes["ok"] ?? 0) + 1;
        if (value !== number) broken(`call ${number} got ${JSON.stringify(value)}`);
      },
      (error: unknown) => {
        over(String(error));
        noted(error);
      },
    );
  }

  /** Whatever becomes of it, calls go on; where it goes is where it is not. */
  function move(name: string): void {
    const to = kernel.list().find((one) => one.name === name)?.mode === MODES[0] ? MODES[1] : MODES[0];
    moving.set(name, (moving.get(name) ?? 0) + 1);
    void kernel.move(name, to, { drainMs: dice.below(300) }).then(() => moves++, noted).then(() => {
      const left = (moving.get(name) ?? 1) - 1;
      if (left > 0) moving.set(name, left);
      else moving.delete(name);
    });
  }

  function work(player: Player | undefined): void {
    const [incoming, settle] = dice.pick([...(player?.incoming ?? [])]) ?? [];
    if (player === undefined || incoming === undefined || settle === undefined) return;
    const how = dice.below(10);
    if (how === 0) settle({ error: new Error("the handler failed") });
    else if (how === 1) void player.peer.request("host.note", incoming.params, { parent: incoming, timeoutMs: 100 }).result.catch(() => undefined);
    else if (how === 2) void player.peer.request("p0.work", -1, { parent: incoming, timeoutMs: 100 }).result.catch(() => undefined);
    else if (how < 5 && incoming.streaming) incoming.write(how)?.catch(() => undefined);
    else settle({ value: incoming.params });
  }

  /** Returns the time that passes after it, if any does. */
  function step(): number | undefined {
    const loaded = kernel.list().map((one) => one.name);
    const name = (dice.oneIn(10) ? undefined : dice.pick(loaded)) ?? `p${dice.below(PLUGINS)}`;
    const alive = players.filter((player) => !player.over);
    const player = dice.pick(alive);
    const what = dice.weighted({ deliver: 60, time: 10, call: 14, work: 24, crash: 1, bye: 1, abort: 2, publish: 3, speak: 2, load: 6, unload: 1, release: 1, move: 1 });
    trace.push(`${what} ${name}`);
    if (what === "deliver") player?.deliver(dice.oneIn(2) ? "host" : "guest");
    else if (what === "call") call(name);
    else if (what === "work") work(player);
    else if (what === "crash") player?.crash({ signal: "SIGSEGV" });
    else if (what === "bye") player?.raw({ t: "bye", why: "reload" });
    else if (what === "abort") {
      const abort = dice.pick([...aborts]);
      abort?.abort();
      if (abort !== undefined) aborts.delete(abort);
    } else if (what === "publish") kernel.publish("t.x", calls);
    else if (what === "speak") player?.peer.publish("t.y", calls);
    else if (what === "load") void load(dice.oneIn(8) ? name : (dice.pick(ALL.filter((one) => !loaded.includes(one))) ?? name));
    else if (what === "release") {
      if (kernel.list().some((one) => one.name === name && one.state === "quarantined")) kernel.release(name);
    } else if (what === "move") move(name);
    else if (dice.oneIn(3)) void kernel.unload(name, { drainMs: dice.below(300) }).catch(noted);
    if (players.length > 20) players.splice(0, players.length, ...players.filter((one) => !one.over));
    return what === "time" ? (dice.oneIn(2) ? Infinity : dice.below(60)) : undefined;
  }

  /** At most to the next timer: what it ends is told in the turn after it, and must not look late for that. */
  function pass(ms: number): void {
    const most = clock.nextMs === undefined ? 60 : clock.nextMs - clock.now();
    clock.advance(Math.max(0, Math.min(ms, most)));
  }

  function look(): void {
    for (const { name, stats, state } of kernel.list()) {
      if (stats.inFlight < 0 || stats.inFlight > INFLIGHT) broken(`${name} has ${stats.inFlight} calls in ${INFLIGHT} places`);
      if (stats.queued < 0 || stats.queued > QUEUE * (PLUGINS + 1)) broken(`${name} has ${stats.queued} calls that wait`);
      // A move adds one at most; those that drain after one do not count.
      const most = moving.has(name) ? 2 : 1;
      if (state === "ready" && players.filter((player) => player.plugin === name && !player.over && !(roaming.has(name) && player.relieved)).length > most) broken(`${name} runs ${most + 1} times`);
    }
    if (failure !== undefined) throw new Error(`${failure}\n  SIMULATION_SEED=${seed}\n  last steps: ${trace.slice(-32).join(", ")}`);
  }

  for (const name of ALL) void load(name);
  for (let i = 0; i < steps; i++) {
    const ms = step();
    // Several steps may fall into one turn, but no time passes within one.
    if (ms === undefined && dice.oneIn(4)) continue;
    if (ms !== undefined) {
      await turn();
      pass(ms);
    }
    await turn();
    look();
  }
  calm = true;
  const closed = kernel.close({ drainMs: 500 });
  let gone = false;
  void closed.then(() => (gone = true));
  const until = clock.now() + PATIENCE_MS;
  while ((!gone || open > 0) && clock.now() < until) {
    for (const player of players) {
      for (const to of ["host", "guest"] as const) while (!player.over && player.wires[to].length > 0) player.deliver(to);
      for (const [incoming, settle] of player.incoming) settle({ value: incoming.params });
    }
    await turn();
    look();
    pass(5);
  }
  if (!gone) broken("the kernel does not close");
  if (open > 0) broken(`${open} calls have no outcome`);
  const alive = players.filter((player) => !player.over).length;
  const opening = adapters.reduce((sum, adapter) => sum + adapter.opening, 0);
  if (alive + opening > 0) broken(`${alive} instances live on and ${opening} start after the kernel has closed`);
  clock.advance(SLOW_START_MS);
  await turn();
  if (clock.pending > 0) broken(`${clock.pending} timers wait for nothing ${clock.origins.join("; ")}`);
  look();
  return { calls, crashes: lives.crashes, breakers: lives.breakers, moves, outcomes };
}

async function drainStream(kernel: Kernel, method: string, params: unknown, options: { timeoutMs: number; signal?: AbortSignal }): Promise<unknown> {
  const items = kernel.stream(method, params, options);
  for (;;) {
    const { done, value } = await items.next();
    if (done === true) return value;
  }
}

/** The kernel takes the engine's clock when it is made: for that moment the engine's is ours. */
function withClock<T>(clock: VirtualClock, make: () => T): T {
  const real = { performance: globalThis.performance, setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
  const { now, setTimeout, clearTimeout }: Clock = clock;
  Object.assign(globalThis, { performance: { now }, setTimeout, clearTimeout });
  try {
    return make();
  } finally {
    Object.assign(globalThis, real);
  }
}

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
