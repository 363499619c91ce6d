// Sends as fast as it can, by one means, until its call is over (R05, R13).
import { evil, oneOf, pause } from "./kit.js";

const MILLION = "x".repeat(200_000);

function flood(send) {
  return async (params, context) => {
    for (let i = 0; !context.signal.aborted; i++) {
      send(i, context);
      if (i % 256 === 0) await pause(0);
    }
  };
}

export default evil(oneOf({
  logs: flood((i, context) => context.log("again")),
  "big-logs": flood((i, context) => {
    if (i % 64 === 0) context.log(MILLION);
  }),
  console: flood(() => console.log("again")),
  events: flood((i, context) => context.publish("flood.news", i)),
  "big-events": flood((i, context) => {
    if (i % 64 === 0) context.publish("flood.news", MILLION);
  }),
  calls: flood((i, context) => void context.call("ledger.read", i).catch(() => undefined)),
  progress: flood((i, context) => context.progress(i, 1e9, "on the way")),
  warnings: flood((i, context) => context.warn({ code: "evil.again", msg: "again" })),
  denied: flood((i, context) => void context.call(`ledger.pay${i}`, i).catch(() => undefined)),
  "denied-events": flood((i, context) => context.publish(`secret.topic${i}`, i)),
  topics: flood((i, context) => context.publish(`flood.topic${i}`, i)),
  cancels: flood((i, context) => {
    const late = new AbortSignalLike();
    void context.call("ledger.hold", i, { signal: late }).catch(() => undefined);
    late.fire();
  }),
  bounce: flood((i, context) => context.publish("flood.self", i)),
}), {
  events: { "flood.self": (payload, context) => void (context.publish("flood.self", payload), context.publish("flood.self", payload)) },
  methods: {
    "evil.stream": async function* () {
      for (let i = 0; ; i++) yield i;
    },
  },
});

/** A cancel signal of our own: hardened guests have no AbortController. */
class AbortSignalLike {
  aborted = false;
  reason = undefined;
  #listeners = new Set();
  addEventListener(_type, listener) {
    this.#listeners.add(listener);
  }
  removeEventListener(_type, listener) {
    this.#listeners.delete(listener);
  }
  fire() {
    this.aborted = true;
    for (const listener of this.#listeners) (typeof listener === "function" ? listener : listener.handleEvent)({ type: "abort" });
  }
}
