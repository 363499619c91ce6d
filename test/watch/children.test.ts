import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { SallyportError } from "@sallyport/bus";
import { process as processMode } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { createKernel, type Kernel, type LifecycleEvent, type PluginSpec } from "@sallyport/kernel";
import { beforeEach, describe, expect, it, onTestFinished, type TestContext } from "vitest";
import { until } from "./start.js";

const FIXTURES = fileURLToPath(new URL("fixtures/", import.meta.url));
const python = spawnSync("python3", ["--version"]).status === 0;

beforeEach((context) => {
  if (process.platform !== "linux") context.skip("processes are measured by /proc, which this system does not have");
});
const needsPython = (context: TestContext): void => {
  if (!python) context.skip("python3 is not installed");
};

interface Host { readonly k: Kernel; readonly life: LifecycleEvent[]; readonly lines: string[] }

/** Without a sandbox unless the test asks for one: what is tried here is the watch alone. */
async function host(fixture: string, spec: Partial<PluginSpec> = {}): Promise<Host> {
  const life: LifecycleEvent[] = [];
  const lines: string[] = [];
  const k = createKernel({
    adapters: [stdio(), processMode({ spares: 0 })], sampleMs: 200, heartbeatMs: 500,
    hooks: { lifecycle: (event) => life.push(event), log: ({ message }) => lines.push(message) },
  });
  onTestFinished(() => k.close({ drainMs: 0 }));
  await k.load({ path: FIXTURES + fixture, name: "fx", restart: false, sandbox: "none", ...spec });
  return { k, life, lines };
}

const failure = (promise: Promise<unknown>): Promise<SallyportError> => promise.then((value) => { throw new Error(`answered ${JSON.stringify(value)}`); }, (error: SallyportError) => error);
const alive = (pid: number): boolean => {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};
const pidsIn = (lines: readonly string[]): number[] => lines.flatMap((line) => /^pid (\d+)$/.exec(line)?.slice(1).map(Number) ?? []);

describe("a program that takes", () => {
  it("a gigabyte a second is ended as memory_limit before the machine suffers", async () => {
    const { k, life } = await host("grows", { limits: { memoryMb: 100 } });
    const error = await failure(k.call("fx.work", null));
    expect(error).toMatchObject({ code: "memory_limit", plugin: "fx", data: { limit: "memoryMb", allowed: 100 }, crash: { signal: "SIGKILL", inFlight: 1 } });
    expect((error.data as { used: number }).used).toBeLessThan(1000);
    expect(error.crash?.usage?.memoryBytes).toBeGreaterThan(100 * 2 ** 20);
    expect(life.map(({ event }) => event)).toContain("limit");
  });

  it("the same in whatever sandbox this machine has", async () => {
    const { k } = await host("grows", { sandbox: "auto", permissions: { read: [FIXTURES] }, limits: { memoryMb: 100 } });
    await until(() => (k.list()[0]?.usage?.memoryBytes ?? 0) > 2 ** 20);
    await expect(failure(k.call("fx.work", null))).resolves.toMatchObject({ code: "memory_limit" });
  });

  it("shared memory, too", async (context) => {
    needsPython(context);
    const { k } = await host("maps.py", { limits: { memoryMb: 100 } });
    await expect(failure(k.call("fx.work", null))).resolves.toMatchObject({ code: "memory_limit" });
  });

  it("all CPU time it was given is ended as cpu_limit, its share as cpu_share_limit", async () => {
    const total = await host("spins", { limits: { cpuSeconds: 1 } });
    await expect(failure(total.k.call("fx.work", null))).resolves.toMatchObject({ code: "cpu_limit", data: { limit: "cpuSeconds", allowed: 1 } });
    const share = await host("spins", { limits: { cpuPercent: 10 } });
    await expect(failure(share.k.call("fx.work", null))).resolves.toMatchObject({ code: "cpu_share_limit", data: { limit: "cpuPercent", allowed: 10 } });
  });

  for (const how of ["group", "session", "orphan"]) {
    it(`processes (${how}) is ended as process_limit, with all of them`, async () => {
      const { k, life, lines } = await host("forks", { limits: { processes: 40 } });
      await k.call("fx.work", { count: 5, how });
      await until(() => pidsIn(lines).length >= 5);
      await until(() => (k.list()[0]?.usage?.processes ?? 0) > 10);
      const outcome = k.call("fx.work", { count: 60, how }).then(() => "ok", (error: SallyportError) => error.code);
      await until(() => k.list()[0]?.state === "broken");
      expect(["ok", "process_limit"]).toContain(await outcome);
      expect(life).toContainEqual(expect.objectContaining({ event: "limit", reason: "process_limit", detail: expect.objectContaining({ limit: "processes", allowed: 40 }) as unknown }));
      await until(() => pidsIn(lines).every((pid) => !alive(pid)));
    });
  }

  it("descriptors is told so, and lives", async () => {
    const { k, life } = await host("opens", { limits: { descriptors: 100 } });
    await k.call("fx.work", { count: 120 });
    await until(() => life.some(({ event }) => event === "limit"));
    expect(life.find(({ event }) => event === "limit")).toMatchObject({ reason: "descriptor_limit", detail: { limit: "descriptors", allowed: 100 } });
    await expect(k.call("fx.echo", 1)).resolves.toBe(1);
  });
});

describe("a well-behaved program", () => {
  it("is measured, its children too, and left alone", async () => {
    const { k, life, lines } = await host("forks");
    await k.call("fx.echo", 1);
    await until(() => (k.list()[0]?.usage?.cpuMs ?? 0) > 0);
    const before = k.list()[0]?.usage?.processes ?? 0;
    await k.call("fx.work", { count: 3, how: "session" });
    await until(() => pidsIn(lines).length === 3);
    await until(() => (k.list()[0]?.usage?.processes ?? 0) >= before + 3 && (k.list()[0]?.usage?.cpuMs ?? 0) > 0 && k.list()[0]?.health === "responsive");
    const { usage } = k.list()[0] ?? {};
    expect(usage?.memoryBytes).toBeGreaterThan(2 ** 20);
    expect(usage?.memoryBytes).toBeLessThan(150 * 2 ** 20);
    expect(usage?.descriptors).toBeGreaterThan(2);
    expect(usage?.bytesIn).toBeGreaterThan(20);
    expect(usage?.bytesOut).toBeGreaterThan(20);
    expect(life.filter(({ event }) => event === "limit" || event === "crashed")).toEqual([]);
    // What left its process group ends with it all the same, since it was seen.
    await k.unload("fx");
    await until(() => pidsIn(lines).every((pid) => !alive(pid)));
  });

  it("whose processes share their memory is not counted for each of them", async (context) => {
    needsPython(context);
    const { k, life } = await host("shares.py", { limits: { memoryMb: 120 } });
    await until(() => k.list()[0]?.usage !== undefined && (k.list()[0]?.usage?.processes ?? 0) >= 6);
    await expect(k.call("fx.echo", 1)).resolves.toBe(1);
    expect(life.filter(({ event }) => event === "limit")).toEqual([]);
  });
});

describe("children outside of the group", () => {
  it("end with a program that leaves when it is told to, though nobody has looked at it before", async () => {
    const { k, lines } = await host("forks", { sandbox: "none" });
    await k.call("fx.work", { count: 3, how: "session" });
    await until(() => pidsIn(lines).length === 3);
    await k.unload("fx");
    await until(() => pidsIn(lines).every((pid) => !alive(pid)));
  });
});

describe("a cell", () => {
  it("that takes memory off its heap is ended as memory_limit, and the host is no larger for it", async () => {
    const { k } = await host("cell", { mode: "process", limits: { memoryMb: 100 } });
    const before = process.memoryUsage().rss;
    await expect(failure(k.call("fxc.buffers", null))).resolves.toMatchObject({ code: "memory_limit", data: { limit: "memoryMb" } });
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
  });

  it("that spins is ended by its CPU budget before its deadline", async () => {
    const { k } = await host("cell", { mode: "process", limits: { cpuSeconds: 1 } });
    await expect(failure(k.call("fxc.spin", null))).resolves.toMatchObject({ code: "cpu_limit" });
  });
});

describe("fifty programs that ignore every goodbye", () => {
  it("are ended together, in the time of one", async () => {
    const k = createKernel({ adapters: [stdio()] });
    onTestFinished(() => k.close({ drainMs: 0 }));
    const names = Array.from({ length: 50 }, (_, i) => `p${i}`);
    for (const name of names) {
      const path = new URL("fixtures/stays.sh", import.meta.url);
      await k.load({ path: fileURLToPath(path), name, sandbox: "none" });
    }
    const pids = k.list().map(({ label }) => Number(label?.slice(4)));
    const since = performance.now();
    await k.close({ drainMs: 300 });
    // One takes 300 ms, then 2500 ms for the end of its input and its signal; the rest is the machine's.
    expect(performance.now() - since).toBeLessThan(15_000);
    expect(pids.filter(alive)).toEqual([]);
  }, 90_000);
});

describe("programs that crash and come back", () => {
  it("leave no zombie and no descriptor", async () => {
    const { k } = await host("waits", { restart: { backoffMs: 1, maxBackoffMs: 1, crashes: 1000 } });
    const descriptors = (): number => readdirSync("/proc/self/fd").length;
    const before = descriptors();
    for (let i = 0; i < 15; i++) {
      const { label, instance } = k.list()[0] ?? {};
      process.kill(Number(label?.slice(4)), "SIGKILL");
      await until(() => k.list()[0]?.state === "ready" && k.list()[0]?.instance !== instance);
    }
    await expect(k.call("fx.echo", 1)).resolves.toBe(1);
    // The pipes of the one before go when whatever held them has.
    await until(() => descriptors() <= before + 1);
    const zombies = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
      try {
        return new RegExp(`\\) Z ${process.pid} `).test(readFileSync(`/proc/${pid}/stat`, "utf8"));
      } catch {
        return false;
      }
    });
    expect(zombies).toEqual([]);
  });
});
