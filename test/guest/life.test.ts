import { afterAll, expect, test } from "vitest";
import { worker } from "@sallyport/adapter-worker";
import { folderOf, open } from "./harness.js";

const adapter = worker({ spares: 0 });
afterAll(async () => adapter[Symbol.asyncDispose]());

const plugin = (text: string): { path: string } => ({ path: `${folderOf({ "index.js": text })}/index.js` });

test("timers fire in order, pass their arguments, and can be cleared", async () => {
  const { call } = await open(adapter, plugin(`
    export default { methods: { "a.run": async () => {
      const seen = [];
      clearTimeout(setTimeout(() => seen.push("cleared"), 1));
      setImmediate(() => seen.push("immediate"));
      queueMicrotask(() => seen.push("microtask"));
      await new Promise((done) => { let n = 0; const id = setInterval((by) => { n += by; if (n === 6) { clearInterval(id); done(); } }, 1, 2); });
      return [...seen, await new Promise((done) => setTimeout(done, 1, "timeout"))];
    } } };`));
  expect(await call("a.run")).toEqual(["microtask", "immediate", "timeout"]);
});

test("console lines become log frames, also those of the module's own evaluation", async () => {
  const { call, logs, printed } = await open(adapter, plugin(`
    console.log("loading", { n: 1n });
    export default { methods: { "a.run": () => { console.error(new TypeError("x"), [1]); return null; } } };`));
  await call("a.run");
  expect(logs.map(({ lv, msg }) => [lv, msg])).toEqual([["info", 'loading {"n":"1n"}'], ["error", "TypeError: x [1]"]]);
  expect(printed).toEqual([]);
});

test.each([
  ["a timer", "setTimeout(() => { throw new Error('late'); }, 1)"],
  ["a promise", "Promise.reject(new Error('late'))"],
])("M03: an error of %s that nobody catches ends this instance, with its place", async (_name, statement) => {
  const { call, boundary } = await open(adapter, plugin(`export default { methods: { "a.run": () => { ${statement}; return new Promise(() => {}); } } };`));
  void call("a.run").catch(() => {});
  expect(await boundary.exited).toMatchObject({ error: { msg: "late", at: "index.js:1:" + String("export default { methods: { \"a.run\": () => { ".length + statement.indexOf("new Error") + 1) } });
});

test("S18: what an ended instance does goes nowhere, and the next one in its thread starts clean", async () => {
  const text = (mark: string): string => `
    globalThis.mark ??= ${JSON.stringify(mark)};
    let context_;
    export default {
      methods: { "a.run": (_p, context) => { context_ = context; setInterval(() => { context.log("tick"); console.log("tock"); context.publish("a.b", 1); }, 1); return mark; } },
      stop() { setTimeout(() => context_.publish("a.late", 1), 1); },
    };`;
  const first = await open(adapter, plugin(text("first")));
  expect(await first.call("a.run")).toBe("first");
  first.peer.bye("shutdown", 1000);
  expect(await first.boundary.exited).toMatchObject({ exitCode: 0 });
  const [logs, events] = [first.logs.length, first.events.length];

  const second = await open(adapter, plugin(text("second")));
  expect(second.boundary.label).toBe(first.boundary.label);
  expect(await second.call("a.run")).toBe("second");
  expect([first.logs.length, first.events.length]).toEqual([logs, events]);
  expect(first.events.filter((event) => event.m === "a.late")).toEqual([]);
});
