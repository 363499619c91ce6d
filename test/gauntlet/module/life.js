// Misbehaves at the edges of its life, or keeps what it should let go (M03, M05, M06, S18).
import { pause } from "./kit.js";

const kept = [];
const lives = {
  rejections: { attack: async () => {
    for (let i = 0; i < 100; i++) void Promise.reject(new Error(`nobody waits ${i}`));
    await pause(50);
    return { got: [] };
  } },
  "timer-throws": { attack: async () => {
    setTimeout(() => {
      throw new Error("in a timer");
    }, 10);
    await pause(200);
    return { got: [] };
  } },
  "microtask-throws": { attack: async () => {
    queueMicrotask(() => {
      throw new Error("in a microtask");
    });
    await pause(200);
    return { got: [] };
  } },
  "never-starts": { attack: () => ({ got: [] }), start: () => new Promise(() => undefined) },
  "start-spins": { attack: () => ({ got: [] }), start() {
    for (;;);
  } },
  "start-throws": { attack: () => ({ got: [] }), start() {
    throw null;
  } },
  "stop-hangs": { attack: () => ({ got: [] }), stop: () => new Promise(() => undefined) },
  "stop-spins": { attack: () => ({ got: [] }), stop() {
    for (;;);
  } },
  "stop-floods": { attack: () => ({ got: [] }), async stop(context) {
    for (let i = 0; ; i++) {
      context.log("still here");
      context.publish("flood.news", i);
      if (i % 100 === 0) await pause(0);
    }
  } },
  late: { attack: (_params, context) => {
    setInterval(() => {
      context.publish("flood.news", "late");
      context.log("late");
      void context.call("ledger.read", 1).catch(() => undefined);
    }, 1);
    return { got: [] };
  } },
  leak: { attack: () => {
    kept.push(new Array(100_000).fill(kept.length));
    return { got: [] };
  } },
  liar: { attack: () => new Promise(() => undefined) },
  timers: { attack: async () => {
    for (let i = 0; i < 100_000; i++) setTimeout(() => undefined, 60_000);
    for (let i = 0; i < 1000; i++) setInterval(() => undefined, 0);
    await pause(100);
    return { got: [] };
  } },
  "odd-timers": { attack: async () => {
    for (const ms of [Number.NaN, -1, Infinity, 2 ** 53, "x", { valueOf: () => 1 }, -0]) clearTimeout(setTimeout(() => undefined, ms));
    for (const id of [{}, Number.NaN, -1, 1e9, "1", null]) clearTimeout(id);
    return { got: [] };
  } },
  finalizers: { attack: async () => {
    const registry = globalThis.FinalizationRegistry && new FinalizationRegistry(() => {
      throw new Error("in a finalizer");
    });
    for (let i = 0; i < 10_000; i++) registry?.register({ i }, i);
    for (let i = 0; i < 200; i++) kept[0] = new Array(10_000).fill(i);
    await pause(50);
    return { got: [] };
  } },
  "ignores-return": { stream: async function* () {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      // Its consumer has left, and it does not.
      await new Promise(() => undefined);
    }
  } },
  "never-yields": { stream: async function* () {
    await new Promise(() => undefined);
    yield 1;
  } },
  "stack-overflow": { attack: () => {
    const down = (n) => down(n + 1) + 1;
    return down(0);
  } },
  "overflow-in-frames": { attack: (_params, context) => {
    const down = () => {
      try {
        down();
      } finally {
        context.log("at the edge of the stack");
      }
    };
    return down();
  } },
  goodbye: { attack: async (_params, context) => {
    // Holds its place for longer than its deadline, in peace.
    while (!context.signal.aborted) await pause(5);
    await pause(400);
    return "late but there";
  } },
};

const chosen = (context) => lives[context.args.at(-1)];

export default {
  start: (context) => chosen(context).start?.(context),
  stop: (context) => chosen(context).stop?.(context),
  methods: {
    "evil.ping": () => "ok",
    "evil.attack": (params, context) => chosen(context).attack?.(params, context),
    "evil.stream": { stream: "out", handler: (params, context) => chosen(context).stream(params, context) },
  },
};
