import { existsSync, mkdtempSync, realpathSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { grpc } from "@sallyport/adapter-grpc";
import { createKernel, type Kernel } from "@sallyport/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const HOSTILE = fileURLToPath(new URL("fixtures/hostile", import.meta.url));

async function start(how: string, startTimeoutMs = 20_000, args: readonly string[] = []): Promise<{ readonly code: string; readonly message: string; readonly help: string }> {
  await using kernel = createKernel({ adapters: [grpc()] });
  return await kernel.load({ path: HOSTILE, mode: "grpc", args: [how, ...args], startTimeoutMs, restart: false }).then(
    () => ({ code: "started", message: "", help: "" }),
    (error: unknown) => error as never,
  );
}

describe("a server that starts badly", () => {
  it.each([
    ["garbage", "bad_handshake", "expected the line 'SALLYPORT/1 grpc', got \"Hello, I am a server\""],
    ["endless", "bad_handshake", "wrote no line, but \"xxx"],
    ["exits", "bad_handshake", "ended (exit code 3) before it served anything: no such rates file"],
    ["nothing", "bad_handshake", "there is nothing"],
    ["file", "bad_handshake", "which is no socket"],
    ["folder", "bad_handshake", "which is no socket"],
    ["http1", "unavailable", "no gRPC server answers at its socket"],
  ])("%s is refused with a remedy", async (how, code, text) => {
    const error = await start(how);
    expect(error).toMatchObject({ code, message: expect.stringContaining(text) });
    expect(error.help).not.toBe("");
  });

  it.each(["silent", "half"])("%s is given up in time", async (how) => {
    expect(await start(how, 1500)).toMatchObject({ code: "start_timeout" });
  });

  it("a link to another's socket is not followed", async () => {
    const folder = mkdtempSync(join(realpathSync(tmpdir()), "elsewhere-"));
    let connections = 0;
    const victim = createServer((connection) => {
      connections++;
      connection.destroy();
    });
    try {
      await new Promise<void>((resolve) => victim.listen(join(folder, "victim"), resolve));
      expect(await start("link", 20_000, [join(folder, "victim")])).toMatchObject({ code: "bad_handshake", message: expect.stringContaining("a link") });
      expect(connections).toBe(0);
    } finally {
      await new Promise((resolve) => victim.close(resolve));
      rmSync(folder, { recursive: true });
    }
  });
});

it("streams that a server pushes against the client's settings end its connection, not the host", async () => {
  await using kernel = createKernel({ adapters: [grpc()] });
  await kernel.load({ path: HOSTILE, mode: "grpc", args: ["push"] });
  await expect(kernel.call("hostile.fine", {}, { timeoutMs: 5000 })).rejects.toMatchObject({ code: expect.stringMatching(/^(unavailable|internal)$/) });
  expect(kernel.list()[0]).toMatchObject({ state: "ready" });
});

it("calls wait for a server that takes none, to their deadline and no longer", async () => {
  await using kernel = createKernel({ adapters: [grpc()] });
  await kernel.load({ path: HOSTILE, mode: "grpc", args: ["full"], limits: { inflight: 50 } });
  const calls = Array.from({ length: 100 }, () => kernel.call("hostile.fine", {}, { timeoutMs: 300 }).catch((error: unknown) => (error as { code: string }).code));
  expect(new Set(await Promise.all(calls))).toEqual(new Set(["deadline_exceeded"]));
  await kernel.unload("hostile");
});

it("a server that asks for answers without end is left, and the host is not held up", async () => {
  await using kernel = createKernel({ adapters: [grpc()] });
  await kernel.load({ path: HOSTILE, mode: "grpc", args: ["pings"] });
  await expect(kernel.call("hostile.fine", {}, { timeoutMs: 2000 })).rejects.toMatchObject({ code: expect.stringMatching(/^(unavailable|internal|deadline_exceeded)$/) });
  await kernel.unload("hostile");
});

it.each(["spin", "stop"])("a server that does nothing any more (%s) is ended as stuck, and the next call finds a fresh one", async (method) => {
  const events: string[] = [];
  await using kernel = createKernel({ adapters: [grpc()], hooks: { lifecycle: ({ event, reason }) => void events.push(`${event} ${reason}`) } });
  await kernel.load({ path: HOSTILE, mode: "grpc", restart: { backoffMs: 10 } });
  await expect(kernel.call(`hostile.${method}`, {}, { timeoutMs: 300 })).rejects.toMatchObject({ code: expect.stringMatching(/^(deadline_exceeded|stuck)$/) });
  await expect.poll(() => events, { timeout: 10_000 }).toContain("crashed stuck");
  await expect.poll(() => kernel.call("hostile.fine", {}).catch(() => "not yet"), { timeout: 10_000 }).toBe("ok");
});

describe("a server that misbehaves", () => {
  let kernel: Kernel;
  const fails = (method: string, timeoutMs = 10_000): Promise<{ readonly code: string; readonly message: string }> =>
    kernel.call(`hostile.${method}`, {}, { timeoutMs }).then(() => ({ code: "answered", message: "" }), (error: unknown) => error as never);

  beforeAll(async () => {
    kernel = createKernel({ adapters: [grpc()] });
    await kernel.load({ path: HOSTILE, mode: "grpc", restart: { backoffMs: 10 }, limits: { frameBytes: 1 << 20 } });
  });
  afterAll(() => kernel.close());

  it("gets the token with each call, and the deadline", async () => {
    expect(await kernel.call("hostile.token", {})).toBe("shown");
    expect(await kernel.call("hostile.timeout", {}, { timeoutMs: 5000 })).toMatch(/^[0-9]+m$/);
  });

  it.each([
    ["giant", "resource_exhausted", "larger than"],
    ["announced", "resource_exhausted", "larger than"],
    ["zipped", "internal", "compressed"],
    ["reset", "internal", "broke off"],
    ["twice", "internal", "a second answer"],
    ["nothing", "internal", "without an answer"],
    ["bare", "internal", "without a status"],
    ["broken", "internal", "no protobuf of its type"],
    ["deep", "resource_exhausted", "nested too deep"],
    ["wide", "resource_exhausted", "more than"],
    ["proto", "internal", "__proto__"],
    ["status", "internal", "status 99"],
    ["forged", "internal", "forged"],
    ["http", "permission_denied", ""],
  ])("%s is told as %s", async (method, code, text) => {
    expect(await fails(method)).toMatchObject({ code, message: expect.stringContaining(text), plugin: "hostile" });
    expect(await kernel.call("hostile.fine", {})).toBe("ok");
  });

  // HTTP/2 packs headers over the whole connection, so one that is not read to its end takes the connection with it.
  it.each(["headers", "trailers"])("%s without end are not kept", async (method) => {
    const error = await fails(method);
    expect(error).toMatchObject({ code: expect.stringMatching(/^(unavailable|resource_exhausted|internal)$/) });
    expect(error.message.length).toBeLessThan(5000);
    await expect.poll(() => kernel.call("hostile.fine", {}).catch(() => "not yet")).toBe("ok");
  });

  it("an answer after the deadline reaches nobody", async () => {
    expect(await fails("never", 100)).toMatchObject({ code: "deadline_exceeded" });
    expect(await fails("late", 100)).toMatchObject({ code: "deadline_exceeded" });
    expect(await kernel.call("hostile.fine", {})).toBe("ok");
  });

  it("a cancel arrives as a reset of the stream", async () => {
    const controller = new AbortController();
    const call = kernel.call("hostile.cancelled", {}, { signal: controller.signal });
    setTimeout(() => controller.abort(), 100);
    await expect(call).rejects.toMatchObject({ code: "cancelled" });
    await expect.poll(() => kernel.call("hostile.seen", {})).toMatch(/^1 /);
  });

  it("a stream without end is taken at the reader's pace", async () => {
    let read = 0;
    for await (const item of kernel.stream("hostile.endless", {})) {
      expect(item).toBe("x".repeat(100));
      if (++read === 300) break;
    }
    const [, sent] = ((await kernel.call("hostile.seen", {})) as string).split(" ").map(Number);
    // What the windows of HTTP/2 and the credit hold, and not what a second would.
    expect(sent).toBeLessThan(10_000);
  });

  it("a server that reads nothing holds its sender back, until the deadline", async () => {
    let given = 0;
    async function* input(): AsyncGenerator<string> {
      for (; given < 1_000_000; given++) yield "y".repeat(1000);
    }
    await expect(kernel.call("hostile.deaf", undefined, { input: input(), timeoutMs: 1500 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    expect(given).toBeLessThan(5000);
  });

  it("one that answers before it has heard all is heard", async () => {
    async function* input(): AsyncGenerator<string> {
      for (let i = 0; i < 1000; i++) yield "y".repeat(1000);
    }
    for (let i = 0; i < 20; i++) expect(await kernel.call("hostile.early", undefined, { input: input(), timeoutMs: 5000 })).toBe("ok");
  });

  it("a connection that it ends is made again", async () => {
    expect(await fails("goaway")).toMatchObject({ code: expect.stringMatching(/unavailable|internal|resource_exhausted/) });
    await expect.poll(() => kernel.call("hostile.fine", {}).catch(() => "not yet"), { timeout: 10_000 }).toBe("ok");
  });

  it("its end in the middle of calls ends each of them once", async () => {
    const open = [fails("never"), fails("never"), fails("dies")];
    for (const error of await Promise.all(open)) expect(error).toMatchObject({ code: "plugin_crashed", crash: { exitCode: 7 } });
    await expect.poll(() => kernel.call("hostile.fine", {}).catch(() => "not yet"), { timeout: 10_000 }).toBe("ok");
  });

  it("leaves no folder behind", async () => {
    const folder = dirname(dirname((await kernel.call("hostile.where", {})) as string));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await kernel.unload("hostile");
    expect(existsSync(folder)).toBe(false);
  });
});
