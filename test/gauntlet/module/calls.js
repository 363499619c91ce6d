// Calls, publishes and subscribes where it may not, or as somebody else (C01 to C10).
import { evil, oneOf, pause, tries } from "./kit.js";

const reason = (error) => `${error.code}|${error.message.replace(/'[^']*'/g, "NAME")}`;

export default evil(oneOf({
  ungranted: async (_params, context) => {
    const names = ["ledger.pay", "innocent.echo", "ledger.no-such", "no.such", "$init", "$shutdown", "secret.get", "evil.attack", "bystander.echo", "*", "**", "ledger", "ledger.", "__proto__", "constructor"];
    const shapes = new Set();
    const got = [];
    for (const name of names) await context.call(name, { name: "bank" }).then(() => got.push(name), (error) => shapes.add(reason(error)));
    if (shapes.size > 1) got.push(`the refusals differ: ${[...shapes].join(" / ")}`);
    return { got };
  },
  "no-name": async (_params, context) => {
    await context.call("", {}).catch(() => undefined);
    context.publish("", {});
    return { got: [] };
  },
  spoofed: async (_params, context) => {
    const claims = { from: "host", src: "kernel", plugin: "innocent", principal: "host", caller: "innocent", origin: ["host"], tenant: "acme" };
    const seen = await context.call("ledger.whoami", { ...claims, meta: claims }, { meta: claims, caller: "host", ...claims });
    return { got: seen.caller === "evil" && seen.tenant === null ? [] : [`seen as ${JSON.stringify(seen)}`] };
  },
  deputy: async (_params, context) => {
    await context.call("deputy.pay", { amount: "1.00" }).catch(() => undefined);
    return { got: [] };
  },
  prefixes: async (_params, context) => tries({
    "ledger.reader": () => context.call("ledger.reader", 1),
    "ledger.read.all": () => context.call("ledger.read.all", 1),
    "ledger": () => context.call("ledger", 1),
    "LEDGER.READ": () => context.call("LEDGER.READ", 1),
    "ledger.read ": () => context.call("ledger.read ", 1),
    "ledger..read": () => context.call("ledger..read", 1),
    "a megabyte": () => context.call("a".repeat(1 << 20), 1),
    "flood.news in another case": () => context.publish("Flood.news", 1) && undefined,
  }),
  "check-then-use": async (_params, context) => {
    let looks = 0;
    const params = { get amount() {
      return looks++ === 0 ? 1 : 1_000_000;
    } };
    const seen = await context.call("ledger.twice", params);
    return { got: seen.first === seen.second && seen.first <= 1 ? [] : [`checked ${seen.first}, used ${seen.second}`] };
  },
  "secret-names": (_params, context) => tries(Object.fromEntries(["bank", "__proto__", "toString", "constructor", "*", "", "../bank", "bank\u0000", "BANK"].map((name) => [name, () => context.call("secret.get", { name })]))),
  "many-reads": async (_params, context) => {
    for (let i = 0; !context.signal.aborted && i < 100_000; i++) {
      await context.call("ledger.read", i).catch(() => undefined);
      if (i % 16 === 0) await pause(0);
    }
    return { got: [] };
  },
  leak: async (_params, context) => {
    const { value } = await context.call("secret.get", { name: "bank" });
    context.log(`the secret is ${value}`, { secret: value, [value]: 1 });
    console.log(value);
    await context.call(`ledger.${value}`, value).catch(() => undefined);
    context.publish(`nobody.${value}`, value);
    throw Object.assign(new Error(`failed with ${value}`), { code: "evil.leak", data: { value }, help: value, cause: new Error(value) });
  },
  deadlines: async (_params, context) => {
    for (const timeoutMs of [Infinity, -1, Number.NaN, 1e308, 0, "never", { valueOf: () => 1e9 }, 1n, null]) {
      await context.call("ledger.read", 1, { timeoutMs }).catch(() => undefined);
    }
    return { got: [] };
  },
  outlive: async (_params, context) => {
    // Waits for ever for a call that must end with its own.
    await context.call("ledger.hold", 1, { timeoutMs: 1e9 }).catch(() => undefined);
    await context.call("ledger.hold", 1, { timeoutMs: 1e9 });
    return { got: ["a call that outlived its caller"] };
  },
  many: async (_params, context) => {
    await Promise.allSettled(Array.from({ length: 50_000 }, () => context.call("ledger.hold", 1)));
  },
  recursion: async (_params, context) => context.call("evil.attack", 1).catch((error) => {
    throw error;
  }),
  fan: async (_params, context) => {
    await Promise.allSettled([context.call("evil.attack", 1), context.call("evil.attack", 1)]);
  },
  input: async (_params, context) => {
    const endless = (function* () {
      for (let i = 0; ; i++) yield "x".repeat(10_000);
    })();
    await context.call("ledger.sink", 1, { input: endless });
  },
  signal: async (_params, context) => {
    const fake = { aborted: false, reason: null, throwIfAborted() {}, addEventListener(_type, listener) {
      for (let i = 0; i < 10_000; i++) listener();
      throw new Error("in addEventListener");
    }, removeEventListener() {
      throw new Error("in removeEventListener");
    } };
    await context.call("ledger.read", 1, { signal: fake }).catch(() => undefined);
    return { got: [] };
  },
  swallow: async (_params, context) => {
    for (;;) {
      await context.call("ledger.read", 1).catch(() => undefined);
      await pause(1);
    }
  },
}));
