import { MessageChannel } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import { worker } from "@sallyport/adapter-worker";
import type { Adapter } from "@sallyport/kernel";
import { folderOf, open } from "../guest/harness.js";

const adapters: Adapter[] = [];
afterEach(async () => {
  for (const adapter of adapters.splice(0)) await adapter[Symbol.asyncDispose]();
});
function make(options?: Parameters<typeof worker>[0]): Adapter {
  const adapter = worker(options);
  adapters.push(adapter);
  return adapter;
}
const plugin = (code: string): { path: string } => ({ path: `${folderOf({ "index.js": code })}/index.js` });

/** Walks over all that can be reached by properties, prototypes and getters, and names what a plugin must not find. */
function search(...roots: unknown[]): { found: string[]; seen: number } {
  const seen = new Set<unknown>();
  const found: string[] = [];
  const todo = roots.map((value): [string, unknown] => ["root", value]);
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const [path, value] = next;
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) continue;
    seen.add(value);
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    if (/^(SharedArrayBuffer|Atomics)$/.test(kind) && !Object.hasOwn(value, "constructor")) found.push(`${path}: ${kind}`);
    todo.push([`${path}.__proto__`, Object.getPrototypeOf(value)]);
    for (let at: object | null = value; at !== null; at = Object.getPrototypeOf(at) as object | null) {
      for (const key of Reflect.ownKeys(at)) {
        try {
          const item = (value as Record<PropertyKey, unknown>)[key];
          if (key === "postMessage" && typeof item === "function") found.push(`${path}: a port`);
          todo.push([`${path}.${String(key)}`, item]);
        } catch {
          // A getter that wants another receiver.
        }
      }
    }
  }
  return { found, seen: seen.size };
}

describe("shared memory", () => {
  test("the search above finds what is hidden", () => {
    const { port1 } = new MessageChannel();
    const words = new Int32Array(new SharedArrayBuffer(8));
    class Hidden {
      get deep() {
        return Object.assign(() => {}, { words });
      }
    }
    expect(search({ list: [new Hidden()] }).found).toEqual([expect.stringContaining("words.buffer: SharedArrayBuffer")]);
    expect(search(Object.create({ port1 })).found.join()).toContain("a port");
    expect(search({ Atomics }).found.join()).toContain("Atomics");
    port1.close();
  });

  test("nothing that a plugin can reach is shared, nor a port", async () => {
    const { call } = await open(make(), plugin(`${search.toString()}
      let atLoad = search(globalThis);
      export default {
        start(context) { this.atStart = search(context, this); },
        methods: {
          "a.search": async function (params, context) {
            const error = await context.call("x.y", new Uint8Array(100000)).catch((error) => error);
            return [atLoad, search(this, params, context, globalThis, error, arguments)];
          },
        },
      };`), { serve: () => { throw new Error("no"); } });
    const reports = (await call("a.search", { bytes: new Uint8Array(8), large: new Uint8Array(200_000) })) as { found: string[]; seen: number }[];
    for (const report of reports) {
      expect(report.found).toEqual([]);
      // It did look: at the intrinsics, to begin with.
      expect(report.seen).toBeGreaterThan(300);
    }
  });

  test("a plugin has no SharedArrayBuffer and no Atomics of its own", async () => {
    const { call } = await open(make(), plugin(`export default { methods: { "a.kinds": () => [typeof SharedArrayBuffer, typeof Atomics, typeof MessageChannel] } };`));
    expect(await call("a.kinds")).toEqual(["undefined", "undefined", "undefined"]);
  });

  test("large bytes belong to the plugin alone: what it writes stays its own", async () => {
    const { call } = await open(make(), plugin(`
      let kept;
      export default { methods: { "a.keep": (bytes) => { kept = bytes; return [bytes.length, bytes.buffer.byteLength, bytes.byteOffset, Object.getPrototypeOf(bytes) === Uint8Array.prototype]; }, "a.write": () => { kept.fill(9); return kept; } } };`));
    const mine = new Uint8Array(100_000).fill(1);
    expect(await call("a.keep", mine)).toEqual([100_000, 100_000, 0, true]);
    expect(await call("a.write")).toEqual(new Uint8Array(100_000).fill(9));
    expect(mine).toEqual(new Uint8Array(100_000).fill(1));
  });

  test("an instance sees nothing of the one before it on its thread, and neither do its frames", async () => {
    const adapter = make({ spares: 0 });
    for (let i = 0; i < 3; i++) {
      const { call, peer, boundary } = await open(adapter, plugin(`export default { methods: { "a.echo": (params) => params } };`));
      for (let n = 0; n < 50; n++) expect(await call("a.echo", { n, [`only ${i}`]: "x".repeat(n * 100) })).toEqual({ n, [`only ${i}`]: "x".repeat(n * 100) });
      peer.bye("shutdown", 1000);
      expect(await boundary.exited).toMatchObject({ exitCode: 0 });
    }
  });
});

describe("pressure", () => {
  test("a plugin that sends far more than there is room for is held up, and all of it arrives in order", async () => {
    const { call, logs } = await open(make(), plugin(`export default { methods: { "a.flood": (_p, { log }) => { for (let i = 0; i < 60_000; i++) log(i + " ".repeat(200)); return "done"; } } };`));
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    expect(await call("a.flood")).toBe("done");
    clearInterval(ticking);
    expect(logs.map(({ msg }) => Number.parseInt(msg, 10))).toEqual(Array.from({ length: 60_000 }, (_, i) => i));
    expect(turns).toBeGreaterThan(3);
  });

  test("calls both ways at once, small and large, all get their own answer", async () => {
    const { call } = await open(make(), plugin(`export default { methods: { "a.relay": (params, { call }) => call("host.echo", params) } };`), {
      serve: (_method, params) => params, limits: { inflight: 500, outgoing: 500 },
    });
    await Promise.all(Array.from({ length: 300 }, async (_, i) => {
      const payload = i % 3 === 0 ? { i, text: "x".repeat(i * 300) } : i % 3 === 1 ? new Uint8Array(i * 400).fill(i) : { i };
      const answer = await call("a.relay", payload);
      // Element by element takes seconds.
      if (payload instanceof Uint8Array) expect(Buffer.compare(answer as Uint8Array, payload)).toBe(0);
      else expect(answer).toEqual(payload);
    }));
  });

  test("a plugin that floods and never yields is killed like any other", async () => {
    const { call, boundary, logs } = await open(make(), plugin(`export default { methods: { "a.flood": (_p, { log }) => { for (;;) log("x".repeat(10000)); } } };`));
    void call("a.flood").catch(() => {});
    while (logs.length < 100) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await boundary.kill()).toEqual({ instance: "test#1" });
    const count = logs.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(logs).toHaveLength(count);
  });

  test("bytes above the limit fail their call, either way, and the instance lives", async () => {
    const { call } = await open(make(), plugin(`export default { methods: { "a.make": (n) => new Uint8Array(n), "a.size": (bytes) => bytes.length } };`), { limits: { frameBytes: 200_000 } });
    await expect(call("a.size", new Uint8Array(200_000))).rejects.toMatchObject({ code: "frame_too_large" });
    await expect(call("a.make", 200_000)).rejects.toMatchObject({ code: "resource_exhausted" });
    expect(await call("a.size", new Uint8Array(199_000))).toBe(199_000);
    expect(await call("a.make", 199_000)).toEqual(new Uint8Array(199_000));
  });
});

describe("spares", () => {
  test("as many as were asked for wait, and are replaced after use", async () => {
    const adapter = make({ spares: 2 });
    const started: string[] = [];
    for (let i = 0; i < 5; i++) {
      const { boundary, call } = await open(adapter, plugin(`export default { methods: { "a.x": () => ${i} } };`));
      expect(await call("a.x")).toBe(i);
      started.push(boundary.label);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(new Set(started).size).toBe(5);
  });
});
