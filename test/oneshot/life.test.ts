import { spawn } from "node:child_process";
import { chmodSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { WAYS } from "../sandbox/harness.js";
import { endAllWith, load, makeHost, makePlugin, newToken, processesWith, untilGone, untilThere, type Host } from "./harness.js";

const linux = process.platform === "linux";
const sh = (text: string, ...more: readonly string[]): readonly string[] => ["sh", "-c", text, "sh", ...more];

/** Each a program that does not end by itself, and whose tree carries the token. */
const TREES = {
  "sleeps": (token: string) => sh(`sleep 600; : ${token}`, token),
  "ignores SIGTERM": (token: string) => sh(`trap "" TERM; while :; do sleep 0.2; done; : ${token}`, token),
  "stopped itself": (token: string) => sh(`kill -STOP $$; : ${token}`, token),
  "started others": (token: string) => sh(`sh -c "sleep 601; : ${token}" & sh -c "sleep 602; : ${token}" & wait`, token),
  "left its session": (token: string) => sh(`setsid sh -c "sleep 603; : ${token}" & wait`, token),
};

const PROFILES = [{ profile: "none", way: undefined, missing: linux ? undefined : "processes are found by /proc" }, ...WAYS.map((way) => ({ profile: "strict", way: way.by, missing: way.missing }))] as const;

describe.each(PROFILES)("under profile $profile ($way)", ({ profile, way, missing }) => {
  const options = { sandbox: profile as "none" | "strict", permissions: { run: ["*"] } };
  const mode = way === undefined ? {} : { sandbox: { by: [way] } };
  const host = (methods: Readonly<Record<string, unknown>>, more: object = {}): Promise<Host> => load(methods, { ...options, host: makeHost({ mode }), ...more });

  test.for(Object.entries(TREES))("a program that %s ends with its call", async ([name, tree], context) => {
    if (missing !== undefined) return context.skip(missing);
    const token = newToken();
    endAllWith(token);
    const { kernel } = await host({ "tool.run": { run: tree(token) }, "tool.stream": { run: tree(token), stdout: "lines" }, "tool.ok": { run: ["true"] } });
    for (const give of name === "sleeps" ? (["signal", "deadline", "stream"] as const) : (["signal", "stream"] as const)) {
      const abort = new AbortController();
      const ended = give === "stream"
        ? kernel.stream("tool.stream", null, { signal: abort.signal }).next().catch((error: unknown) => error)
        : kernel.call("tool.run", null, give === "signal" ? { signal: abort.signal } : { timeoutMs: 1500 }).catch((error: unknown) => error);
      await untilThere(token);
      if (give !== "deadline") abort.abort();
      expect(await ended).toMatchObject({ code: give === "deadline" ? "deadline_exceeded" : "cancelled" });
      await untilGone(token);
    }
    // One call's end is no other's, and the instance is not the worse for it.
    expect(await kernel.call("tool.ok")).toMatchObject({ exitCode: 0 });
    expect(kernel.list()[0]).toMatchObject({ state: "ready", restarts: 0 });

    const open = kernel.call("tool.run", null).catch((error: unknown) => error);
    await untilThere(token);
    await kernel.unload("tool", { drainMs: 0 });
    expect(await open).toMatchObject({ code: expect.stringMatching(/^(cancelled|unavailable)$/) });
    await untilGone(token);
  });

  test("what a program leaves behind holds up nobody", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const token = newToken();
    endAllWith(token);
    const { kernel } = await host({
      // The pipes are its own too: their end would come with it.
      "tool.daemon": { run: sh(`(setsid sh -c "sleep 604; : ${token}" &) ; echo done`, token), stdout: "text" },
      "tool.trickle": { run: sh(`(setsid sh -c "while :; do echo more; sleep 0.05; done; : ${token}" &) ; echo done`, token), stdout: "lines" },
    });
    expect(await kernel.call("tool.daemon")).toBe("done\n");
    const lines: unknown[] = [];
    for await (const line of kernel.stream("tool.trickle", null)) lines.push(line);
    expect(lines).toContain("done");
    await kernel.unload("tool");
    if (profile === "strict" && way === "bubblewrap") await untilGone(token);
  });

  test("a temporary folder is a call's own", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("sallyport-") && !name.startsWith("sallyport-oneshot-"));
    const { kernel } = await host({ "tool.write": { run: sh("ls | grep -v ^sallyport-oneshot-; echo > left; ls | grep -v ^sallyport-oneshot-; pwd"), stdout: "lines" } }, { settings: { cwd: "private" } });
    const seen: unknown[][] = [];
    for (let i = 0; i < 2; i++) {
      const lines: unknown[] = [];
      for await (const line of kernel.stream("tool.write", null)) lines.push(line);
      seen.push(lines);
    }
    for (const lines of seen) expect(lines).toEqual(["left", expect.stringMatching(/^\//)]);
    await kernel.close();
    const added = readdirSync(tmpdir()).filter((name) => name.startsWith("sallyport-") && !name.startsWith("sallyport-oneshot-") && !before.includes(name));
    expect(added.filter((name) => seen.some((lines) => String(lines[1]).endsWith(name)))).toEqual([]);
  });
});

describe("a program", () => {
  test("that does not read is no trouble, nor is one that stops to", async () => {
    const { kernel } = await load({
      "tool.deaf": { run: sh("echo ok"), stdin: "{data}", stdout: "text" },
      "tool.closes": { run: sh("exec <&-; sleep 0.1; echo ok"), stdin: "{data}", stdout: "text" },
      "tool.first": { run: ["head", "-n", "1"], stdin: "lines", stdout: "text" },
      "tool.sleeps": { run: ["sleep", "600"], stdin: "{data}" },
    });
    const data = "x".repeat(900_000);
    expect(await kernel.call("tool.deaf", { data })).toBe("ok\n");
    expect(await kernel.call("tool.closes", { data })).toBe("ok\n");
    await expect(kernel.call("tool.sleeps", { data }, { timeoutMs: 300 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    let taken = 0;
    async function* endless(): AsyncGenerator<string> {
      for (;;) {
        taken++;
        yield "y".repeat(1000);
        if (taken % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    }
    expect(await kernel.call("tool.first", null, { input: endless() })).toBe(`${"y".repeat(1000)}\n`);
    expect(taken).toBeLessThan(5000);
    await expect(kernel.call("tool.first", null, { input: ["a\nb"] })).rejects.toMatchObject({ code: "invalid_argument", path: "input" });
    expect(await kernel.call("tool.first", null, { input: [{ a: "\n" }, 2] })).toBe('{"a":"\\n"}\n');
  });

  test("loses nothing of what it printed when the host was busy as it ended", async () => {
    const { kernel } = await load({
      "tool.big": { run: sh("head -c 150000 /dev/zero | tr '\\0' x"), stdout: "text" },
      // Here it is silence that ends the wait.
      "tool.held": { run: sh("head -c 150000 /dev/zero | tr '\\0' x; (setsid sleep 3 &)"), stdout: "text" },
    });
    for (const method of ["tool.big", "tool.held"]) {
      for (const afterMs of [0, 10, 30]) {
        const answer = kernel.call(method);
        await new Promise((resolve) => setTimeout(resolve, afterMs));
        const until = performance.now() + 400;
        while (performance.now() < until);
        expect(await answer, `${method} after ${afterMs} ms`).toHaveLength(150_000);
      }
    }
  });

  test.skipIf(!linux)("that prints for ever waits for its reader, and ends when he leaves", async () => {
    const token = newToken();
    endAllWith(token);
    const { kernel } = await load({ "tool.yes": { run: ["yes", token], stdout: "lines" } });
    const before = process.memoryUsage().rss;
    const lines = kernel.stream("tool.yes", null);
    for (let i = 0; i < 5000; i++) expect((await lines.next()).value).toBe(token);
    const [pid] = processesWith(token);
    expect(pid).toBeGreaterThan(0);
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 2 ** 20);
    await lines.return(undefined);
    await untilGone(token);
    expect(kernel.list()[0]).toMatchObject({ state: "ready", restarts: 0 });
  });

  test("runs at once with as many as the manifest says, and the others wait in line", async () => {
    const { kernel } = await load({ "tool.wait": { run: sh("read line; echo ok"), stdin: "lines", stdout: "text" }, "tool.ok": { run: ["true"] } }, { settings: { concurrency: 2 }, limits: { queue: 2 } });
    let open: () => void = () => {};
    const opened = new Promise<void>((resolve) => (open = resolve));
    async function* later(): AsyncGenerator<string> {
      await opened;
      yield "go";
    }
    const calls = [1, 2, 3, 4].map(() => kernel.call("tool.wait", null, { input: later() }));
    await expect.poll(() => kernel.list()[0]?.stats).toMatchObject({ inFlight: 2, queued: 2 });
    await expect(kernel.call("tool.ok")).rejects.toMatchObject({ code: "busy", retryable: true });
    open();
    expect(await Promise.all(calls)).toEqual(["ok\n", "ok\n", "ok\n", "ok\n"]);
  });

  test.skipIf(!linux)("is measured while it runs, and ended with its instance when it takes too much", async () => {
    const token = newToken();
    endAllWith(token);
    const host = makeHost({ sampleMs: 20 });
    const { kernel, events } = await load({ "tool.eat": { run: sh(`x=${token}; while :; do x=$x$x; done`, token) }, "tool.spin": { run: sh("while :; do :; done", token) }, "tool.ok": { run: ["true"] } }, { host, limits: { memoryMb: 32 }, restart: { backoffMs: 1 } });
    const spin = kernel.call("tool.spin", null, { timeoutMs: 20_000 }).catch((error: unknown) => error);
    await expect.poll(() => kernel.list()[0]?.usage?.cpuMs ?? 0, { timeout: 10_000 }).toBeGreaterThan(50);
    await expect(kernel.call("tool.eat")).rejects.toMatchObject({ code: "memory_limit", plugin: "tool" });
    expect(await spin).toMatchObject({ code: "memory_limit" });
    await untilGone(token);
    expect(events.map(({ event }) => event)).toContain("crashed");
    expect(await kernel.call("tool.ok")).toMatchObject({ exitCode: 0 });
  });

  test("that reaches a limit of the system fails its call with that, and no other", async (context) => {
    const host = makeHost();
    const { kernel, events } = await load({
      "tool.spin": { run: sh("while :; do :; done") },
      "tool.fill": { run: sh("head -c 3000000 /dev/zero > big") },
    }, { host, sandbox: "limits", settings: { cwd: "private" }, limits: { cpuSeconds: 1, fileMb: 1 } }).catch((error: { code: string; message: string }) => context.skip(error.message));
    await expect(kernel.call("tool.spin")).rejects.toMatchObject({ code: "resource_exhausted", message: expect.stringContaining("used up its CPU time (limits.cpuSeconds is 1)") });
    const filled = await kernel.call("tool.fill").catch((error: unknown) => error);
    // Of a shell's child the shell tells; of itself the signal.
    expect(JSON.stringify(filled)).toMatch(/limits\.fileMb is 1|"exitCode":(1|153)/);
    expect(events.map(({ event, reason }) => `${event} ${reason}`)).toContain("limit cpu_limit");
    expect(kernel.list()[0]).toMatchObject({ restarts: 0 });
  });

  test("that vanishes is told so, and the next call is served again", async () => {
    const { kernel } = await load({ "tool.run": { run: ["./it.sh"], stdout: "text" } }, { files: { "it.sh": "#!/bin/sh\necho ok\n" } });
    const file = join(dirname(kernel.list()[0]?.path ?? ""), "it.sh");
    chmodSync(file, 0o644);
    await expect(kernel.call("tool.run")).rejects.toMatchObject({ code: "failed_precondition", message: expect.stringMatching(/^tool\.run could not start its program: .*is not executable$/), help: expect.stringContaining("chmod +x"), plugin: "tool" });
    chmodSync(file, 0o755);
    expect(await kernel.call("tool.run")).toBe("ok\n");
  });
});

test.skipIf(!linux)("the end of the host is that of its programs, where the sandbox can do it", async (context) => {
  const bubblewrap = WAYS.find(({ by }) => by === "bubblewrap");
  if (bubblewrap?.missing !== undefined) return context.skip(bubblewrap.missing);
  const token = newToken();
  endAllWith(token);
  const folder = makePlugin({ methods: { "tool.run": { run: TREES["left its session"](token) } } }, { manifest: { permissions: { run: ["*"] } } });
  const host = spawn(process.execPath, [fileURLToPath(new URL("fixtures/host.mjs", import.meta.url)), folder], { stdio: ["ignore", "ignore", "inherit"] });
  onTestFinished(() => void host.kill("SIGKILL"));
  // bubblewrap outside and inside, the program, and what that started.
  await untilThere(token, 4);
  host.kill("SIGKILL");
  await untilGone(token);
});
