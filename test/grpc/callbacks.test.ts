import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { goPlugin, type GrpcOptions } from "@sallyport/adapter-grpc";
import { createKernel, type HostContext, type Kernel } from "@sallyport/kernel";
import { createSandbox } from "@sallyport/sandbox";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { buildCounter, COUNTER } from "./go.js";

const FIXTURE = fileURLToPath(new URL("fixtures/counter", import.meta.url));
const never = new AbortController().signal;

describe("go-plugin's own bidirectional example", () => {
  let missing: string | undefined;
  let folder: string;

  beforeAll(async () => {
    missing = await buildCounter();
    folder = mkdtempSync(join(realpathSync(tmpdir()), "counter-"));
    if (missing === undefined) copyFileSync(COUNTER, join(folder, "counter"));
    for (const file of ["plugin.json", "counter.proto"]) copyFileSync(join(FIXTURE, file), join(folder, file));
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach((context) => void (missing === undefined || context.skip(missing)));

  type Sum = (numbers: { readonly a: number; readonly b: number }, context: HostContext) => unknown;
  /** Where the sockets of the last instance are, as it told it itself. */
  let sockets = "";
  const start = async ({ sum = ({ a, b }) => ({ r: a + b }), grants = ["call:addHelper.sum"], by, sandbox }: { sum?: Sum; grants?: readonly string[]; by?: "bubblewrap" | "landlock"; sandbox?: "strict" } = {}): Promise<Kernel> => {
    const options: GrpcOptions = by === undefined ? {} : { sandbox: { by: [by] } };
    const kernel = createKernel({ adapters: [goPlugin(options)], hooks: { log({ message }) {
      sockets = /"(\/[^"]+)\/in\/plugin\d+"/.exec(message)?.[1] ?? sockets;
    } } });
    onTestFinished(() => kernel.close({ drainMs: 0 }));
    kernel.provide("addHelper.sum", sum);
    await kernel.load({ path: folder, mode: "go-plugin", grants, permissions: { write: [folder] }, restart: false, ...(sandbox && { sandbox }) });
    return kernel;
  };

  it("adds with the host's help, and what the host offers is no method of its own", async () => {
    const callers: unknown[] = [];
    const kernel = await start({ sum({ a, b }, { caller, origin }) {
      callers.push({ caller, origin });
      return { r: a + b };
    } });
    expect(await kernel.call("counter.put", { key: "sum", value: 5 })).toEqual({});
    expect(await kernel.call("counter.put", { key: "sum", value: 7 })).toEqual({});
    expect(await kernel.call("counter.get", { key: "sum" })).toEqual({ value: 12 });
    // The chain of origin is that of the call that it served.
    expect(callers).toEqual(Array.from({ length: 2 }, () => ({ caller: "counter", origin: ["host", "counter"] })));
    expect(kernel.list()[0]?.methods.map(({ name }) => name)).toEqual(["counter.get", "counter.put"]);
    await expect(kernel.call("counter.put", { key: "sum", value: 1, add_server: 3 })).rejects.toMatchObject({ code: "invalid_argument", path: "params.add_server" });
  });

  it("is told what goes wrong: no grant, the host's own errors, an answer that does not fit", async () => {
    const denied = await start({ grants: [] });
    await expect(denied.call("counter.put", { key: "denied", value: 5 })).rejects.toMatchObject({ code: "permission_denied", message: expect.stringContaining("addHelper.sum") });
    await denied.close();
    const broken = await start({ sum: () => ({ r: "much" }) });
    await expect(broken.call("counter.put", { key: "broken", value: 5 })).rejects.toMatchObject({ code: "internal", message: expect.stringContaining("the answer of addHelper.sum is no proto.SumResponse: r must be") });
  });

  it("calls many times at once, each for its own call, and leaves no descriptor and no socket", async () => {
    const kernel = await start();
    await kernel.call("counter.put", { key: "warm", value: 1 });
    const before = readdirSync("/proc/self/fd").length;
    await Promise.all(Array.from({ length: 40 }, async (_, i) => kernel.call("counter.put", { key: `many${i}`, value: i })));
    expect(await kernel.call("counter.get", { key: "many39" })).toEqual({ value: 39 });
    await expect.poll(() => readdirSync("/proc/self/fd").length, { timeout: 5000 }).toBeLessThanOrEqual(before);
    expect(readdirSync(sockets).toSorted()).toEqual(["cb", "in", "out"]);
    expect(readdirSync(join(sockets, "cb"))).toEqual([]);
    await kernel.close();
    expect(existsSync(sockets)).toBe(false);
  });

  it("is bounded by the call that it serves: its deadline and its end are those of the call back", async () => {
    const ended: number[] = [];
    const kernel = await start({ sum: (_numbers, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => {
      ended.push(Date.now());
      reject(new Error("given up"));
    })) });
    await expect(kernel.call("counter.put", { key: "late", value: 5 }, { timeoutMs: 400 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    await expect(kernel.call("counter.put", { key: "late", value: 5 }, { signal: controller.signal })).rejects.toMatchObject({ code: "cancelled" });
    await expect.poll(() => ended.length).toBe(2);
  });

  it("connects to the host strict by bubblewrap, and by nothing less", async (context) => {
    if ((await createSandbox({ by: ["landlock"] }).enforcement(never)).profile === "strict") {
      await expect(start({ by: "landlock" })).rejects.toMatchObject({ code: "sandbox_unavailable", message: expect.stringContaining("only bubblewrap"), path: "sandbox" });
    }
    const { profile, remedies } = await createSandbox({ by: ["bubblewrap"] }).enforcement(never);
    if (profile !== "strict") return context.skip(`no bubblewrap here: ${remedies.map(({ help }) => help).join(" ")}`);
    const kernel = await start({ by: "bubblewrap", sandbox: "strict" });
    expect(kernel.list()[0]?.confinement).toMatchObject({ profile: "strict" });
    expect(await kernel.call("counter.put", { key: "strict", value: 5 })).toEqual({});
  });

  it.each([
    ["{ \"proto.PutRequest.nowhere\": \"proto.AddHelper\" }", "is no field of a message"],
    ["{ \"proto.PutRequest.key\": \"proto.AddHelper\" }", "is no single uint32"],
    ["{ \"proto.SumRequest.a\": \"proto.AddHelper\" }", "in no message that its methods are called with"],
    ["{ \"proto.PutRequest.add_server\": \"proto.Helper\" }", "which its proto files do not declare"],
  ])("is refused with callbacks %s", async (callbacks, text) => {
    const wrong = mkdtempSync(join(realpathSync(tmpdir()), "counter-"));
    onTestFinished(() => rmSync(wrong, { recursive: true }));
    const manifest = JSON.parse(readFileSync(join(FIXTURE, "plugin.json"), "utf8"));
    manifest.modes["go-plugin"].callbacks = JSON.parse(callbacks);
    writeFileSync(join(wrong, "plugin.json"), JSON.stringify(manifest));
    copyFileSync(join(FIXTURE, "counter.proto"), join(wrong, "counter.proto"));
    copyFileSync(COUNTER, join(wrong, "counter"));
    await using kernel = createKernel({ adapters: [goPlugin()] });
    await expect(kernel.load({ path: wrong, mode: "go-plugin" })).rejects.toMatchObject({ code: "invalid_argument", path: "callbacks", message: expect.stringContaining(text) });
  });
});
