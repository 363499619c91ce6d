import { copyFileSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { goPlugin } from "@sallyport/adapter-grpc";
import { createKernel, type Kernel, type PluginSpec } from "@sallyport/kernel";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

const CALLER = fileURLToPath(new URL("fixtures/caller", import.meta.url));
const OUTGOING = 16;

interface Host {
  readonly kernel: Kernel;
  /** Calls of `host.never` that began, and those that were given up. */
  readonly seen: { began: number; ended: number };
  /** What comes of calling back that way, as the plugin saw it. */
  try(how: string): Promise<string>;
}

/** The plugin that calls back as no library would, and a host that offers it something. */
async function host(spec: Partial<PluginSpec> = {}): Promise<Host> {
  const kernel = createKernel({ adapters: [goPlugin()] });
  const seen = { began: 0, ended: 0 };
  kernel.provide("host.sum", ({ a, b }: { readonly a: number; readonly b: number }) => ({ r: a + b }));
  kernel.provide("host.ended", () => ({ r: seen.ended }));
  kernel.provide("host.big", () => ({ text: "x".repeat(500_000) }));
  kernel.provide("host.count", async function* () {
    for (let r = 0; r < 3; r++) yield { r };
  });
  kernel.provide("host.never", (_params: unknown, { signal }) => {
    seen.began++;
    return new Promise((_, reject) => signal.addEventListener("abort", () => {
      seen.ended++;
      reject(new Error("given up"));
    }));
  });
  await kernel.load({ path: CALLER, mode: "go-plugin", sandbox: "none", grants: ["call:host.*"], limits: { outgoing: OUTGOING }, restart: false, ...spec });
  return { kernel, seen, try: async (how) => ((await kernel.call("caller.do", { how }, { timeoutMs: 25_000 })) as { readonly text: string }).text };
}

describe("a plugin that calls back", () => {
  let plugin: Host;
  beforeAll(async () => void (plugin = await host()));
  afterAll(() => plugin.kernel.close({ drainMs: 0 }));

  it("gets an answer, a stream of them, and a deadline of its own", async () => {
    expect(await plugin.try("method Sum")).toBe("5");
    expect(await plugin.try("method Count")).toBe("0,1,2");
    expect(await plugin.try("deadline")).toMatch(/^status 4: host.never/);
  });

  it("ends a call by cancelling it, by leaving, and by the end of the call that it serves", async () => {
    const before = plugin.seen.ended;
    expect(await plugin.try("cancel")).toBe("given up");
    expect(await plugin.try("gone")).toBe("given up");
    await expect(plugin.kernel.call("caller.do", { how: "wait" }, { timeoutMs: 300 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    await expect.poll(() => plugin.seen.ended - before).toBe(3);
    expect(plugin.seen.began).toBe(plugin.seen.ended);
  });

  it("finds nobody after the end of its call, nor at a number that nobody gave it", async () => {
    expect(await plugin.try("keep")).toBe("5");
    expect(await plugin.try("late")).toMatch(/^(broken|closed) [^;]*; closed/);
    expect(await plugin.try("unknown")).toMatch(/^closed/);
  });

  it("is told of its host again before go-plugin forgets it, in a long call", { timeout: 15_000 }, async () => {
    // Once a second after its connection, and once when that was forgotten.
    expect(await plugin.try("announcements")).toBe("2");
  });
});

describe("a plugin that calls back and misbehaves", () => {
  let plugin: Host;
  beforeAll(async () => void (plugin = await host()));
  afterAll(() => plugin.kernel.close({ drainMs: 0 }));

  it.each([
    ["method Nope", /^status 12: the host offers caller.Host here, and no \/caller.Host\/Nope$/],
    ["method Feed", /^status 12: caller.Host\/Feed takes a stream/],
    ["twice", /^status 13: .*more than one request/],
    ["empty", /^status 13: .*ended before/],
    ["half", /^status 13: .*ended before/],
    ["broken", /^status 13: .*no protobuf/],
    ["zipped", /^status 13: .*compressed/],
    ["gzip", /^status 12: .*compressed/],
    ["get", /^status 13: .*gRPC alone/],
    ["html", /^status 13: .*gRPC alone/],
    ["announced", /^status 8: .*4294967295 bytes, larger/],
    ["huge", /^status 8: .*8388608 bytes, larger/],
    ["crumbs", /^status 13: .*ended before/],
    ["headers", /^closed/],
    ["lines", /^closed 11/],
    ["bodiless", /^(held back|closed|status 8)/],
    ["resets", /^closed$/],
    ["settings", /^closed$/],
    ["pings", /^closed$/],
    ["continuations", /^closed$/],
    ["http1", /^closed$/],
    ["crowd", /^3 stay$/],
  ])("%s is held", async (how, came) => {
    expect(await plugin.try(how)).toMatch(came);
    expect(await plugin.try("method Sum")).toBe("5");
  });

  it("is not waited for without end: what is silent, unread or not understood any more is closed", { timeout: 30_000 }, async () => {
    const ways = ["entries", "garbage", "silent", "unread"];
    expect(await Promise.all(ways.map(plugin.try))).toEqual(["closed", "closed", "closed after a while", expect.stringMatching(/^closed 8/)]);
    expect(await plugin.try("method Sum")).toBe("5");
  });

  it("has no more calls open than its limit, over all of its connections", { timeout: 15_000 }, async () => {
    const counts = JSON.parse(await plugin.try("many")) as Readonly<Record<string, number>>;
    expect(counts["still open"]).toBe(OUTGOING);
    expect(counts[`status 8: more than ${OUTGOING} calls are open at once`]).toBeGreaterThan(0);
    await expect.poll(() => plugin.seen.began - plugin.seen.ended).toBe(0);
  });

  it("leaves nothing of its connections in the host", async () => {
    const open = (): number => readdirSync("/proc/self/fd").length;
    const before = open();
    for (const how of ["pings", "http1", "headers", "method Sum"]) await plugin.try(how);
    await expect.poll(open).toBeLessThanOrEqual(before);
  });
});

describe("a plugin whose host shows a certificate", () => {
  /** The same program; without `autoMtls: false` in its manifest. */
  function secured(settings: object = {}): string {
    const folder = mkdtempSync(join(realpathSync(tmpdir()), "caller-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    copyFileSync(join(CALLER, "caller.proto"), join(folder, "caller.proto"));
    writeFileSync(join(folder, "main.mjs"), `#!/usr/bin/env node\nimport ${JSON.stringify(join(CALLER, "main.mjs"))};\n`, { mode: 0o755 });
    writeFileSync(join(folder, "plugin.json"), JSON.stringify({
      name: "caller", version: "1.0.0", entry: { "go-plugin": "main.mjs" },
      modes: { "go-plugin": { proto: ["caller.proto"], cookie: { key: "CALLER", value: "hello" }, callbacks: { "caller.DoRequest.host": "caller.Host" }, ...settings } },
    }));
    return folder;
  }

  it("is let in with its own, and nobody else is", { timeout: 30_000 }, async () => {
    const plugin = await host({ path: secured() });
    onTestFinished(() => plugin.kernel.close({ drainMs: 0 }));
    expect(await plugin.try("method Sum")).toBe("5");
    expect(await plugin.try("method Count")).toBe("0,1,2");
    for (const how of ["nobody", "another", "plain"]) expect(await plugin.try(how)).toMatch(/^closed/);
    expect(await plugin.try("silent")).toBe("closed after a while");
    expect(await plugin.try("method Sum")).toBe("5");
    expect(plugin.seen.began).toBe(0);
  });

  it("keeps what its start was told for as long as it lives", async () => {
    const plugin = await host({ path: secured({ start: "caller.Caller/Start", autoMtls: false }) });
    onTestFinished(() => plugin.kernel.close({ drainMs: 0 }));
    for (let i = 0; i < 2; i++) expect(await plugin.try("lasting")).toBe("5");
  });

  it("cannot be reattached, since a broker serves one host", async () => {
    const folder = secured({ reattach: { network: "unix", address: "/nowhere", pid: process.pid } });
    await using kernel = createKernel({ adapters: [goPlugin()] });
    await expect(kernel.load({ path: folder, mode: "go-plugin" })).rejects.toMatchObject({ code: "invalid_argument", path: "modes.go-plugin.callbacks" });
  });
});
