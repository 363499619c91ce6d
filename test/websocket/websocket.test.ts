import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { webSocket } from "@example/adapter-websocket";
import { DEFAULT_LIMITS, type Frame } from "@sallyport/bus";
import type { HostEnd } from "@sallyport/kernel";
import type { WebSocket } from "ws";
import type { Served, ServeOptions } from "../third-party/serve.js";
import { serveDemo } from "./demo.js";
import { kernelOf, pluginAt, specOf } from "./plugin.js";

const HELLO = JSON.stringify({ t: "hello", name: "demo", version: "1.0.0", methods: ["demo.echo"], features: ["stream"], limits: { inflight: 4096 } });
const failure = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);

async function served(options: Omit<ServeOptions, "start"> = {}): Promise<Served> {
  const one = await serveDemo(options);
  onTestFinished(() => one[Symbol.asyncDispose]());
  return one;
}

/** A plugin that says hello in JSON and then does as it is told. */
async function behaving(behave: (socket: WebSocket) => void): Promise<string> {
  const one = await served({
    codec: "json",
    behave(socket) {
      socket.send(HELLO);
      behave(socket);
    },
  });
  return pluginAt(one.url);
}

it("calls, and leaves no connection behind", async () => {
  for (const codec of ["msgpack", "json"] as const) {
    const one = await served({ codec, token: "t0p" });
    const kernel = kernelOf({ tokens: { demo: "t0p" } });
    const info = await kernel.load(specOf(pluginAt(one.url), { grants: ["call:**"] }));
    expect(info).toMatchObject({ mode: "websocket", unsafe: true, label: `127.0.0.1:${one.port}` });
    expect(await kernel.call("demo.upper", { text: "hello" })).toBe("HELLO");
    const items: unknown[] = [];
    for await (const item of kernel.stream("demo.count", { to: 300 })) items.push(item);
    expect(items).toHaveLength(300);
    expect(one.clients.size).toBe(1);
    const gone = once([...one.clients][0] as WebSocket, "close");
    await kernel.close();
    await gone;
    expect(one.clients.size).toBe(0);
  }
});

it("is reached only where manifest and config both allow it, and says what is missing", async () => {
  const one = await served({ token: "t0p" });
  const load = (...args: Parameters<typeof specOf>): Promise<unknown> => failure(kernelOf({ tokens: { wrong: "t0" } }).load(specOf(...args)));
  const at = `127.0.0.1:${one.port}`;
  expect(await load(pluginAt(one.url), { permissions: {} })).toMatchObject({ code: "permission_denied", message: `'demo' may not be reached at ${at}`, help: expect.stringContaining(at) as string });
  expect(await load(pluginAt(one.url, { permissions: { net: ["127.0.0.1:1"] } }))).toMatchObject({ code: "permission_denied" });
  expect(await load(pluginAt(one.url), { sandbox: "strict" })).toMatchObject({ code: "sandbox_unavailable" });
  expect(await load(pluginAt(one.url))).toMatchObject({ code: "spawn_failed", message: expect.stringContaining("401") as string, help: expect.stringContaining("token") as string });
  expect(await load(pluginAt(one.url), { name: "wrong" })).toMatchObject({ code: "spawn_failed" });
  expect(await load(pluginAt("ws://127.0.0.1:1/"))).toMatchObject({ code: "spawn_failed", message: expect.stringContaining("ECONNREFUSED") as string });
  const other = await served({ codec: "other" });
  expect(await load(pluginAt(other.url))).toMatchObject({ code: "spawn_failed", message: expect.stringContaining("subprotocol") as string });
  for (const url of ["http://127.0.0.1/", "ws://user:password@127.0.0.1/", "nowhere", 7]) {
    expect(await load(pluginAt(one.url, { modes: { websocket: { url } } }))).toMatchObject({ code: "invalid_argument", message: expect.stringMatching(/plugin\.json:1:\d+: modes\.websocket\.url: expected an? /) as string });
  }
  // Nobody's by accident: it is no mode for code that nobody has looked at, unless it is named.
  expect(await failure(kernelOf().load({ path: pluginAt(one.url), permissions: { net: ["*"] } }))).toMatchObject({ code: "invalid_argument", help: "Fit for it with more trust: websocket (needs trust 'reviewed')." });
});

it("a plugin that breaks the rules is cut off, with the reason", async () => {
  const limits = { frameBytes: 100_000, frameDepth: 8 };
  const attempt = async (behave: (socket: WebSocket) => void): Promise<unknown> => {
    const path = await behaving((socket) => socket.on("message", (data) => JSON.parse(String(data)).t === "req" && behave(socket)));
    const kernel = kernelOf();
    await kernel.load(specOf(path, { limits, restart: false }));
    return failure(kernel.call("demo.echo", 1));
  };
  const deep = `${"[".repeat(20)}${"]".repeat(20)}`;
  for (const [behave, code] of [
    [(socket) => socket.send("no json"), "protocol_violation"],
    [(socket) => socket.send('{"t":"res","id":"one"}'), "protocol_violation"],
    [(socket) => socket.send(`{"t":"res","id":1,"r":"${"x".repeat(200_000)}"}`), "frame_too_large"],
    [(socket) => socket.send(`{"t":"res","id":1,"r":${deep}}`), "frame_too_complex"],
    [(socket) => socket.close(1011, "out of order"), "plugin_crashed"],
    [(socket) => socket.terminate(), "plugin_crashed"],
  ] as const satisfies readonly (readonly [(socket: WebSocket) => void, string])[]) expect(await attempt(behave), code).toMatchObject({ code });

  // Before the hello the bound is that of every hello.
  const late = await served({ codec: "json", behave: (socket) => socket.send(`{"t":"hello","name":"${"x".repeat(70_000)}"}`) });
  expect(await failure(kernelOf().load(specOf(pluginAt(late.url))))).toMatchObject({ code: "frame_too_large" });
  const silent = await served({ codec: "json", behave() {} });
  expect(await failure(kernelOf().load(specOf(pluginAt(silent.url), { startTimeoutMs: 100 })))).toMatchObject({ code: "start_timeout" });
  await expect.poll(() => silent.clients.size).toBe(0);
});

it("is connected again after a crash, and after a goodbye of its own", async () => {
  const one = await served();
  const kernel = kernelOf();
  await kernel.load(specOf(pluginAt(one.url), { restart: { backoffMs: 1 } }));
  for (const code of [1011, 1000]) {
    const [client] = one.clients;
    client?.close(code);
    await once(client as WebSocket, "close");
    await expect.poll(() => failure(kernel.call("demo.upper", { text: "again" }))).toBe("AGAIN");
  }
});

it("holds back while the plugin does not read", async () => {
  // It reads and says nothing: a real one would refuse events before the hello and leave.
  const one = await served({ behave() {} });
  const path = pluginAt(one.url);
  const adapter = webSocket();
  onTestFinished(() => adapter[Symbol.asyncDispose]());
  const signal = new AbortController().signal;
  const source = await adapter.inspect({ path }, signal);
  if (source === undefined) throw new Error("no plugin of this mode");
  let drained = 0;
  const host: HostEnd = { receive() {}, log() {}, drained: () => void drained++ };
  const boundary = await adapter.open({ source, instance: "demo#1", args: [], limits: DEFAULT_LIMITS, sandbox: "auto", permissions: { net: ["*"] }, debug: false }, host, signal);
  const frame: Frame = { t: "ev", m: "x.y", p: new Uint8Array(1_000_000) };
  for (const client of one.clients) client.pause();
  let sent = 0;
  while (boundary.send(frame) && sent < 100) sent++;
  expect(sent).toBeLessThan(100);
  // Reading goes on, and so does writing.
  for (const client of one.clients) client.resume();
  await expect.poll(() => drained).toBe(1);
  expect(boundary.send({ t: "ping", n: 1 })).toBe(true);
  // Nobody reads, and whoever sends does not care: the connection is given up rather than the memory.
  for (const client of one.clients) client.pause();
  for (let i = 0; i < 100; i++) boundary.send(frame);
  expect(await boundary.exited).toMatchObject({ error: { code: "stuck" } });
});
