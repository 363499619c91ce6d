import type { createPeer as realPeer } from "@sallyport/bus";
import { createCaller, type Made } from "./caller.js";
import { virtualClock } from "./clock.js";
import { connect, EVENTS, GRACE_MS, WINDOW, type Connection, type Handling } from "./connection.js";
import { dice as createDice } from "./dice.js";
import { forgery } from "./forgery.js";
import { other, type Side } from "./monitor.js";

const SIDES: readonly Side[] = ["host", "guest"];
const CONNECTIONS = 2;
/** More than all grace and deadlines of a call together: what is still open then is lost. */
const PATIENCE_MS = 10_000;

export interface Episode { readonly createPeer: typeof realPeer; readonly seed: number; readonly steps: number }

/** Plays `steps` random steps with two connections, then lets everything come to its end. Throws the rule that broke, with the last steps. */
export async function simulatePeers({ createPeer, seed, steps }: Episode): Promise<void> {
  const dice = createDice(seed);
  const clock = virtualClock();
  const trace: string[] = [];
  let failure: Error | undefined;
  const broken = (rule: string): void => void (failure ??= new Error(rule));
  const caller = createCaller({ clock, dice, broken });
  const left = new Set<Connection>();
  const pings = { open: 0 };
  let published = 0;
  const open = (): Connection => {
    const connection = connect({ createPeer, clock, dice, broken, hostile: dice.oneIn(4) });
    left.add(connection);
    return connection;
  };
  const connections = Array.from({ length: CONNECTIONS }, open);

  const callsOf = (connection: Connection): Made[] => [...caller.made].filter((call) => call.connection === connection);

  function step(): void {
    const at = dice.below(connections.length);
    const connection = connections[at] as Connection;
    const side: Side = dice.oneIn(2) ? "host" : "guest";
    const what = dice.weighted({ deliver: 40, time: 8, call: 12, settle: 7, take: 16, write: 18, permit: 6, feed: 10, cancel: 2, leave: 1, publish: 8, heard: 6, ping: 1, log: 1, progress: 2, forge: 4, mute: 1, kill: 1 });
    trace.push(`${what} ${at} ${side}`);
    if (what === "deliver") connection.deliver(side);
    else if (what === "time") clock.advance(dice.oneIn(3) && clock.nextMs !== undefined ? clock.nextMs - clock.now() : dice.below(40));
    else if (what === "call") {
      if (connection.closed[side] || connection.peers[side].outgoing > 6) return;
      const serving = dice.oneIn(3) ? dice.pick([...connection.handling].filter((one) => one.side === side)) : undefined;
      caller.begin(connection, side, serving);
    } else if (what === "settle") settleOne(dice.pick([...connection.handling]));
    else if (what === "take") takeOne(dice.favour(callsOf(connection).filter(({ streaming }) => streaming)));
    else if (what === "write") writeOne(dice.favour([...connection.handling].filter(({ call }) => call.streaming)));
    else if (what === "feed") feedOne(dice.favour([...connection.handling].filter(({ call }) => call.feeding)));
    else if (what === "permit") dice.favour(callsOf(connection).filter(({ permits }) => permits.length > 0))?.permits.shift()?.();
    else if (what === "cancel") cancelOne(dice.pick(callsOf(connection)));
    else if (what === "leave") {
      const call = dice.pick(callsOf(connection).filter(({ streaming }) => streaming));
      if (call !== undefined) caller.leave(call);
    } else if (what === "publish") publish(connection, side);
    else if (what === "heard") dice.pick([...connection.hearing])?.();
    else if (what === "ping") {
      pings.open++;
      const done = (): void => void pings.open--;
      connection.peers[side].ping(1 + dice.below(500)).then(done, done);
    } else if (what === "log") connection.peers[side].log("info", "a line");
    else if (what === "progress") dice.pick([...connection.handling])?.call.progress({ done: dice.below(9) });
    else if (what === "forge") {
      if (connection.hostile) connection.forge("host", forgery(dice));
    } else if (what === "mute") {
      if (dice.oneIn(4)) connection.mute[side] = true;
    } else if (dice.oneIn(2)) {
      connection.close(side);
      // The other end hears of it later, or now.
      if (dice.oneIn(2)) connection.close(other(side));
      connection.mute[side] = true;
    }
    if (SIDES.some((each) => connection.closed[each]) && dice.oneIn(6)) {
      for (const each of SIDES) connection.close(each);
      connections[at] = open();
    }
  }

  const written = new Map<Handling, number>();
  /** Items that wait for credit or room. */
  const writing = new Map<Handling, number>();
  function writeOne(handle: Handling | undefined): void {
    if (handle === undefined || handle.call.cancelled) return;
    if (dice.oneIn(20)) {
      // Cannot cross: it costs neither the call nor credit.
      handle.call.write(() => undefined)?.catch(() => undefined);
      return;
    }
    const item = written.get(handle) ?? 0;
    written.set(handle, item + 1);
    const going = handle.call.write(item);
    if (going === undefined) return;
    writing.set(handle, (writing.get(handle) ?? 0) + 1);
    const gone = (): void => void writing.set(handle, (writing.get(handle) ?? 1) - 1);
    going.then(gone, gone);
  }

  const feeding = new Map<Handling, { busy: boolean; over: boolean; seen: number }>();
  function feedOne(handle: Handling | undefined): void {
    if (handle === undefined) return;
    const state = feeding.get(handle) ?? { busy: false, over: false, seen: 0 };
    feeding.set(handle, state);
    if (state.busy || state.over) return;
    state.busy = true;
    handle.call.input.next().then(
      ({ done, value }) => {
        state.busy = false;
        state.over = done === true;
        if (done !== true && value !== state.seen++ && !(connectionOf(handle)?.hostile ?? true)) broken(`input item ${JSON.stringify(value)} came as number ${state.seen}`);
      },
      () => {
        state.busy = false;
        state.over = true;
      },
    );
  }
  const connectionOf = (handle: Handling): Connection | undefined => [...left].find(({ handling }) => handling.has(handle));

  function settleOne(handle: Handling | undefined): void {
    if (handle === undefined) return;
    const how = dice.below(12);
    if (how === 0) handle.settle({ error: new Error("the handler failed") });
    else if (how === 1) handle.settle({ value: () => undefined });
    // Some never look at their cancel, and are ended for it.
    else if (how < 10 || handle.call.cancelled) handle.settle({ value: { echo: handle.call.params } });
  }

  function takeOne(call: Made | undefined): void {
    if (call !== undefined) caller.take(call);
  }

  function cancelOne(call: Made | undefined): void {
    if (call === undefined) return;
    if (dice.oneIn(2)) call.open.cancel("caller");
    else call.controller.abort(new Error("the caller changed its mind"));
  }

  function publish(connection: Connection, side: Side): void {
    const credit = connection.monitor.eventCredit(side);
    let sent = false;
    try {
      sent = connection.peers[side].publish("t.x", dice.oneIn(10) ? () => undefined : published++);
    } catch {
      // It cannot cross; the credit that it does not cost is counted below.
    }
    if (sent && credit < Number.MAX_SAFE_INTEGER && connection.monitor.eventCredit(side) !== credit - 1) broken(`${side} sent an event that no credit was taken for`);
  }

  function fail(rule: Error): never {
    throw new Error(`${rule.message}\n  SIMULATION_SEED=${seed}\n  last steps: ${trace.slice(-24).join(", ")}`, { cause: rule });
  }

  for (let i = 0; i < steps; i++) {
    step();
    // Several steps may fall into one turn.
    if (dice.oneIn(4)) continue;
    await turn();
    caller.check();
    if (failure !== undefined) fail(failure);
  }

  const quiet = (connection: Connection): boolean => !connection.hostile && SIDES.every((side) => !connection.closed[side] && !connection.mute[side]);

  /** Everybody does what is left to do, and nothing new, until nothing changes any more. Handlers answer if they may. */
  async function settleAll(answer: boolean): Promise<void> {
    const until = clock.now() + PATIENCE_MS;
    let still = 0;
    let before = "";
    for (;;) {
      for (const connection of left) {
        for (const side of SIDES) while (connection.wires[side].length > 0) connection.deliver(side);
        for (const handle of [...connection.handling]) {
          if (answer) handle.settle({ value: { echo: handle.call.params } });
          else if (handle.call.feeding) feedOne(handle);
        }
        for (const done of [...connection.hearing]) done();
      }
      for (const call of caller.made) {
        for (const permit of call.permits.splice(0)) permit();
        caller.take(call);
      }
      await turn();
      caller.check();
      if (failure !== undefined) fail(failure);
      const now = [...caller.made].map(({ number, outcomes, releases, items, read }) => [number, outcomes, releases, items.length, read].join()).join(" ")
        + [...left].map(({ wires }) => wires.host.length + wires.guest.length).join()
        + [...feeding.values()].map(({ seen, over }) => [seen, over].join()).join(" ") + [...writing.values()].join();
      still = now === before ? still + 1 : 0;
      before = now;
      // An item may need several turns through wire, handler and back.
      if (still < 3) continue;
      if (!answer || caller.made.size === 0 || clock.now() > until || clock.nextMs === undefined) return;
      clock.advance(Math.max(1, clock.nextMs - clock.now()));
    }
  }

  /** Whoever reads gets what somebody writes, as long as both are there: credit that leaks would end that. */
  function starved(): void {
    for (const connection of [...left].filter(quiet)) {
      for (const handle of connection.handling) {
        const { call, side } = handle;
        const made = [...caller.made].find((one) => one.connection === connection && one.number === call.params);
        if (call.cancelled || made === undefined || made.outcomes > 0) continue;
        const waits = writing.get(handle) ?? 0;
        if (waits > 0 && !made.read) broken(`${side} is starved: ${waits} items of call ${made.number} wait, and so does their reader`);
        if (feeding.get(handle)?.busy === true) broken(`${side} is starved: it waits for input of call ${made.number}, which has no end`);
      }
    }
  }

  trace.push("the end");
  for (const { handling } of left) for (const handle of handling) for (let i = 0; i < 2 * WINDOW && handle.call.streaming; i++) writeOne(handle);
  await settleAll(false);
  starved();
  await settleAll(true);
  for (const connection of left) {
    if (!quiet(connection)) continue;
    for (const side of SIDES) {
      if (connection.peers[side].outgoing + connection.peers[side].incoming > 0) broken(`${side} is quiet and has ${connection.peers[side].outgoing} + ${connection.peers[side].incoming} calls in its tables`);
      // Credit comes back in halves of the window: more than half of it must be there when nothing is under way.
      const credit = connection.monitor.eventCredit(side);
      if (credit * 2 <= EVENTS || credit > EVENTS) broken(`${side} is quiet and has credit for ${credit} of ${EVENTS} events`);
    }
  }
  // What a half-open connection still holds ends with it.
  for (const connection of left) for (const side of SIDES) connection.close(side);
  await settleAll(true);
  for (const call of caller.made) broken(`call ${call.number} of ${call.side} has ${call.outcomes} outcomes, ${call.releases} releases, read: ${call.read}`);
  for (const connection of left) for (const side of SIDES) if (connection.peers[side].outgoing + connection.peers[side].incoming > 0) broken(`${side} is closed and has calls in its tables`);
  clock.advance(GRACE_MS + 1000);
  await turn();
  if (clock.pending > 0) broken(`${clock.pending} timers wait for nothing ${clock.origins.join("; ")}`);
  if (pings.open > 0) broken(`${pings.open} pings have no answer`);
  if (failure !== undefined) fail(failure);
}

/** Until nothing that was promised is left to do. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

