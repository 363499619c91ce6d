import { fileURLToPath } from "node:url";
import type { SallyportError } from "@sallyport/bus";
import { stdio } from "@sallyport/adapter-stdio";
import { createKernel, type LifecycleEvent } from "@sallyport/kernel";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { until } from "./start.js";

const DIES = fileURLToPath(new URL("fixtures/dies", import.meta.url));

interface Death {
  readonly way: string;
  /** What its call fails with. */
  readonly call: string;
  /** What it is said to have ended with, where that differs. */
  readonly end?: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly oom?: boolean;
}

const DEATHS: readonly Death[] = [
  { way: "exit 0", call: "plugin_crashed", exitCode: 0 },
  { way: "exit 7", call: "plugin_crashed", exitCode: 7 },
  { way: "SIGSEGV", call: "plugin_crashed", signal: "SIGSEGV" },
  { way: "SIGKILL", call: "plugin_crashed", signal: "SIGKILL", oom: true },
  { way: "abort", call: "plugin_crashed", signal: "SIGABRT" },
  { way: "memory", call: "plugin_crashed", exitCode: 1, oom: true },
  { way: "prose", call: "protocol_violation", signal: "SIGKILL" },
  { way: "length bomb", call: "frame_too_large", signal: "SIGKILL" },
  { way: "unknown answer", call: "protocol_violation", signal: "SIGKILL" },
  { way: "closed stdout", call: "protocol_violation", signal: "SIGKILL" },
  { way: "silence", call: "deadline_exceeded", end: "stuck", signal: "SIGKILL" },
  { way: "hang", call: "deadline_exceeded", end: "stuck", signal: "SIGKILL" },
  { way: "grow", call: "memory_limit", signal: "SIGKILL" },
];

beforeEach((context) => {
  if (process.platform !== "linux") context.skip("signals and memory are told so on Linux alone");
});

describe("a program that ends by", () => {
  for (const { way, call, end = call, exitCode, signal, oom } of DEATHS) {
    it(`${way} is reported as ${end}, with how, its last words, and what was open`, async () => {
      const life: LifecycleEvent[] = [];
      const k = createKernel({ adapters: [stdio()], sampleMs: 100, graceMs: 200, hooks: { lifecycle: (event) => life.push(event) } });
      onTestFinished(() => k.close({ drainMs: 0 }));
      await k.load({ path: DIES, name: "fx", restart: false, sandbox: "none", limits: { memoryMb: 150 } });
      await until(() => k.list()[0]?.usage !== undefined);
      const instance = k.list()[0]?.instance;
      const beside = k.call("fx.work", "silence", { timeoutMs: 60_000 }).catch((error: SallyportError) => error);
      const error = await k.call("fx.work", way, { timeoutMs: 3000 }).then(() => undefined, (thrown: SallyportError) => thrown);
      expect(error).toMatchObject({ code: call, plugin: "fx", method: "fx.work" });
      expect(error?.help).toBeTruthy();
      const other = (await beside) as SallyportError;
      expect(other.code).toBe(end);
      expect(other.crash).toMatchObject({
        instance, restarts: 0, stderrTail: expect.arrayContaining(["last words of silence"]) as unknown,
        ...(exitCode !== undefined && { exitCode }), ...(signal !== undefined && { signal }), ...(oom === true && { oom }),
        usage: expect.objectContaining({ processes: expect.any(Number) as unknown }) as unknown,
      });
      expect(other.crash?.inFlight).toBeGreaterThanOrEqual(1);
      expect(life).toContainEqual(expect.objectContaining({ event: "crashed", plugin: "fx", instance, reason: end, detail: expect.objectContaining({ instance }) as unknown }));
    });
  }

  it("a command that does not exist, says nothing, or says something else, never starts", async () => {
    const k = createKernel({ adapters: [stdio()] });
    onTestFinished(() => k.close({ drainMs: 0 }));
    await expect(k.load({ path: `${DIES}-not` })).rejects.toMatchObject({ code: "not_found" });
    await expect(k.load({ path: "/bin/cat", name: "cat", sandbox: "none", startTimeoutMs: 300 })).rejects.toMatchObject({ code: "start_timeout", crash: { signal: "SIGKILL" } });
    await expect(k.load({ path: "/bin/ls", name: "ls", sandbox: "none" })).rejects.toMatchObject({ code: "bad_handshake" });
    await expect(k.load({ path: "/bin/false", name: "no", sandbox: "none" })).rejects.toMatchObject({ code: "plugin_crashed", crash: { exitCode: 1 } });
  });
});
