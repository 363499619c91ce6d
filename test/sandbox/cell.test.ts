import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { process as processMode } from "@sallyport/adapter-process";
import { DEFAULT_LIMITS } from "@sallyport/bus";
import { createKernel } from "@sallyport/kernel";
import { createSandbox } from "@sallyport/sandbox";
import { WAYS } from "./harness.js";

const RAW = fileURLToPath(new URL("fixtures/cell/raw.cjs", import.meta.url));
const PLUGIN = fileURLToPath(new URL("../../plugins/javascript", import.meta.url));

for (const { by, missing } of WAYS) {
  describe(`a cell, strict by ${by}`, () => {
    test("runs a hardened plugin, from a spare and without one", async (context) => {
      if (missing !== undefined) return context.skip(missing);
      for (const spares of [0, 1]) {
        const kernel = createKernel({ adapters: [processMode({ spares, sandbox: { by: [by] } })] });
        onTestFinished(() => kernel.close({ drainMs: 0 }));
        const info = await kernel.load({ path: PLUGIN, sandbox: "strict" });
        expect(info).toMatchObject({ unsafe: false, confinement: { profile: "strict", guards: { files: expect.stringContaining("hardened JavaScript; ") } } });
        expect(await kernel.call("demo.upper", { text: "hello" })).toBe("HELLO");
        await kernel.close();
      }
    });

    test("keeps whoever breaks out of the Compartment", async (context) => {
      if (missing !== undefined) return context.skip(missing);
      const server = createServer((socket) => socket.end());
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      onTestFinished(() => void server.close());
      // Without Node's own permissions, which newer ones add: the system alone has to hold.
      const confined = await createSandbox({ by: [by] }).confine({
        plugin: "raw", argv: [process.execPath, RAW, String(process.pid), String((server.address() as { port: number }).port)],
        cwd: "/", env: { SALLYPORT_PLUGIN: "1" }, own: [RAW], limits: DEFAULT_LIMITS, permissions: {}, alone: true, choice: "strict", signal: new AbortController().signal,
      });
      const [program = "", ...args] = confined.argv;
      const child = spawn(program, args, { cwd: confined.cwd, env: { ...confined.env }, stdio: ["ignore", "pipe", "inherit"] });
      onTestFinished(async () => {
        child.kill("SIGKILL");
        await confined.release();
      });
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
      await new Promise((resolve) => child.once("close", resolve));
      const { "run on": ran, ...outcomes } = JSON.parse(said) as Record<string, string>;
      expect(ran).toBe("ok");
      expect(Object.entries(outcomes).filter(([, outcome]) => outcome === "ok")).toEqual([]);
      expect(outcomes["start a program"]).toMatch(/^(EPERM|EACCES|EAGAIN)$/);
    });
  });
}

test("a spare of another profile is not used", async (context) => {
  const { by, missing } = WAYS[1] ?? { by: "landlock", missing: "there is no second way" };
  if (missing !== undefined) return context.skip(missing);
  const kernel = createKernel({ adapters: [processMode({ spares: 1, sandbox: { by: [by] } })] });
  onTestFinished(() => kernel.close({ drainMs: 0 }));
  expect(await kernel.load({ path: PLUGIN, name: "one", sandbox: "none" })).toMatchObject({ confinement: { profile: "none" } });
  await kernel.unload("one");
  expect(await kernel.load({ path: PLUGIN, name: "two", sandbox: "strict" })).toMatchObject({ confinement: { profile: "strict" } });
});
