import { describe, expect, test } from "vitest";
import { inline } from "@sallyport/adapter-inline";
import { DEFAULT_LIMITS, SallyportError, type Frame } from "@sallyport/bus";
import { definePlugin } from "@sallyport/plugin";
import { open } from "../guest/harness.js";

const signal = new AbortController().signal;

describe("frames", () => {
  test("are handed over as they are: the same object in and out, never inside the sender's call", async () => {
    const seen: unknown[] = [];
    const adapter = inline({ same: definePlugin({ methods: { "same.echo": (params: unknown) => (seen.push(params), params) } }) });
    const { call } = await open(adapter, { path: "same" });
    const value = { list: [new Map([[1, () => 2]])] };
    const result = call("same.echo", value);
    expect(seen).toEqual([]);
    expect(await result).toBe(value);
    expect(seen[0]).toBe(value);
  });

  test("reach the host even before it has the boundary", async () => {
    const adapter = inline({ x: definePlugin({ methods: {} }) });
    const source = await adapter.inspect({ path: "x" }, signal);
    if (source === undefined) throw new Error("not found");
    const got: Frame[] = [];
    const boundary = await adapter.open(
      { source, instance: "x#1", args: [], limits: DEFAULT_LIMITS, sandbox: "auto", permissions: {}, debug: false },
      { receive: (frame) => void got.push(frame), log() {}, drained() {} }, signal,
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(got).toMatchObject([{ t: "hello", name: "x" }]);
    await boundary.kill();
  });

  test("two sides that answer each other at once leave timers their turn", async () => {
    const adapter = inline({
      x: definePlugin({ methods: { "x.down": ({ n }: { n: number }, { call }): unknown => (n === 0 ? "done" : call("x.down", { n: n - 1 })) } }),
    });
    const opened = await open(adapter, { path: "x" }, { serve: (method, params) => opened.call(method, params) });
    let fired = false;
    setTimeout(() => (fired = true), 0);
    expect(await opened.call("x.down", { n: 500 })).toBe("done");
    expect(fired).toBe(true);
  });
});

describe("finding", () => {
  const adapter = inline({ x: definePlugin({ name: "ex", methods: {} }) });
  test("answers for listed names and mode inline alone", async () => {
    expect(await adapter.inspect({ path: "x" }, signal)).toMatchObject({ name: "ex", kind: "listed", entry: "x" });
    expect(await adapter.inspect({ path: "x", name: "mine", mode: "inline" }, signal)).toMatchObject({ name: "mine" });
    expect(await adapter.inspect({ path: "x", mode: "worker" }, signal)).toBeUndefined();
    expect(await adapter.inspect({ path: "toString" }, signal)).toBeUndefined();
    await expect(adapter.inspect({ path: "y", mode: "inline" }, signal)).rejects.toMatchObject({ code: "not_found", message: expect.stringContaining("listed are: x") });
  });
});

describe("ending", () => {
  test("a kill drops everything and cancels what runs", async () => {
    let reason: unknown;
    const adapter = inline({
      x: definePlugin({ methods: { "x.wait": (_p: unknown, { signal: cancelled }) => new Promise(() => cancelled.addEventListener("abort", () => (reason = cancelled.reason))) } }),
    });
    const { call, boundary } = await open(adapter, { path: "x" });
    const waiting = call("x.wait").catch(() => "failed");
    await new Promise((resolve) => setImmediate(resolve));
    expect(await boundary.kill()).toMatchObject({ instance: "test#1" });
    expect(await waiting).toBe("failed");
    expect(reason).toBeInstanceOf(SallyportError);
  });

  test("a goodbye waits for calls, then calls stop", async () => {
    const order: string[] = [];
    const adapter = inline({
      x: definePlugin({
        methods: { "x.slow": async () => (await new Promise((done) => setTimeout(done, 20)), order.push("answered"), 1) },
        stop: () => void order.push("stopped"),
      }),
    });
    const { call, boundary, peer } = await open(adapter, { path: "x" });
    const slow = call("x.slow");
    peer.bye("shutdown", 1000);
    expect(await slow).toBe(1);
    expect(await boundary.exited).toMatchObject({ exitCode: 0 });
    expect(order).toEqual(["answered", "stopped"]);
  });
});
