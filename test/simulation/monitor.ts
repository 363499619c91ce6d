import type { Frame } from "@sallyport/bus";

export type Side = "host" | "guest";
export const other = (side: Side): Side => (side === "host" ? "guest" : "host");

/** The protocol's rules as somebody else would write them down: it sees frames alone, and says which one breaks which rule. */
export interface Monitor {
  /** A real peer puts a frame on its wire. */
  sent(by: Side, frame: Frame): void;
  /** A frame reaches the other side, whether a peer sent it or not. */
  arrived(at: Side, frame: Frame): void;
  /** Stream items of the call that went out. */
  itemsSent(id: number, by: Side): number;
  /** Events that `by` may still send, by all that it was told. */
  eventCredit(by: Side): number;
}

interface Flow { given: number; used: number; granted: number; received: number; over: boolean }
interface CallFacts { readonly by: Side; terminals: number; cancels: number; answered: boolean; readonly flow: Record<Side, Flow> }

const flow = (): Flow => ({ given: 0, used: 0, granted: 0, received: 0, over: false });

export function createMonitor(options: { readonly window: number; readonly events: number; broken(rule: string): void }): Monitor {
  const { window, broken } = options;
  const calls = new Map<number, CallFacts>();
  /** Keyed by who sends the events. */
  const events: Record<Side, Flow> = { host: { ...flow(), given: options.events, granted: options.events }, guest: { ...flow(), given: options.events, granted: options.events } };

  function sent(by: Side, frame: Frame): void {
    const from = other(by);
    if (frame.t === "req") {
      if (frame.id % 2 !== (by === "host" ? 1 : 0)) broken(`${by} numbered a call ${frame.id}`);
      // Where frames are forged, the first one with an id is the call.
      if (calls.has(frame.id)) return broken(`${by} used the id ${frame.id} twice`);
      const facts: CallFacts = { by, terminals: 0, cancels: 0, answered: false, flow: { host: flow(), guest: flow() } };
      facts.flow[from].granted = frame.cr ?? 0;
      if ((frame.cr ?? 0) > window) broken(`${by} gives ${frame.cr} items of credit, the window is ${window}`);
      calls.set(frame.id, facts);
    } else if (frame.t === "res" || frame.t === "err") {
      const call = calls.get(frame.id);
      if (call === undefined || call.by === by) return broken(`${by} answers ${frame.id}, which it was not asked`);
      if (++call.terminals > 1) broken(`${by} answers ${frame.id} ${call.terminals} times`);
      call.flow[by].over = true;
    } else if (frame.t === "data") {
      const it = calls.get(frame.id)?.flow[by];
      if (it === undefined) return broken(`${by} sends an item of ${frame.id}, which nobody asked`);
      if (it.over) broken(`${by} sends an item of ${frame.id} after its end`);
      if (++it.used > it.given) broken(`${by} sends item ${it.used} of ${frame.id} with credit for ${it.given}`);
    } else if (frame.t === "end") {
      const it = calls.get(frame.id)?.flow[by];
      if (it?.over !== false) broken(`${by} ends the items of ${frame.id} twice`);
      else it.over = true;
    } else if (frame.t === "credit" && frame.id === 0) {
      grant(events[from], frame.n, options.events, `${by} gives credit for events`);
    } else if (frame.t === "credit") {
      const it = calls.get(frame.id)?.flow[from];
      if (it === undefined) return broken(`${by} gives credit for ${frame.id}, which nobody asked`);
      grant(it, frame.n, window, `${by} gives credit for ${frame.id}`);
    } else if (frame.t === "cancel") {
      const call = calls.get(frame.id);
      if (call?.by !== by) return broken(`${by} cancels ${frame.id}, which it did not ask`);
      if (++call.cancels > 1) broken(`${by} cancels ${frame.id} twice`);
      if (call.answered) broken(`${by} cancels ${frame.id} after its answer`);
    } else if (frame.t === "ev") {
      if (++events[by].used > events[by].given) broken(`${by} sends event ${events[by].used} with credit for ${events[by].given}`);
    }
  }

  function grant(it: Flow, n: number, most: number, what: string): void {
    it.granted += n;
    if (it.granted - it.received > most) broken(`${what}: ${it.granted - it.received} may be under way, the window is ${most}`);
  }

  function arrived(at: Side, frame: Frame): void {
    const from = other(at);
    if (frame.t === "req") {
      let call = calls.get(frame.id);
      // A forged call counts as made, so that the answers to it can be counted; an id may be used again once it was answered.
      if (call === undefined || call.terminals > 0) calls.set(frame.id, (call = { by: from, terminals: 0, cancels: 0, answered: false, flow: { host: flow(), guest: flow() } }));
      call.flow[at].given += frame.cr ?? 0;
    } else if (frame.t === "credit") {
      if (frame.id === 0) events[at].given += frame.n;
      else {
        const call = calls.get(frame.id);
        if (call !== undefined) call.flow[at].given += frame.n;
      }
    } else if (frame.t === "data") {
      const call = calls.get(frame.id);
      if (call !== undefined) call.flow[from].received++;
    } else if (frame.t === "ev") events[from].received++;
    else if (frame.t === "res" || frame.t === "err") {
      const call = calls.get(frame.id);
      if (call?.by === at) call.answered = true;
    }
  }

  return {
    sent, arrived,
    itemsSent: (id, by) => calls.get(id)?.flow[by].used ?? 0,
    eventCredit: (by) => events[by].given - events[by].used,
  };
}
