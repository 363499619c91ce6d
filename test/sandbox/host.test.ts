import { spawn } from "node:child_process";
import { openSync, closeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { DRILL, endAllWith, processesWith, until, WAYS } from "./harness.js";

const HOST = fileURLToPath(new URL("fixtures/host.mjs", import.meta.url));

async function startHost(by: string, method: string, mark: string, stdio: readonly ("ignore" | "pipe" | "inherit" | number)[]): Promise<{ readonly pid: number; readonly said: unknown }> {
  const host = spawn(process.execPath, [HOST, DRILL, by, method, mark], { stdio: [...stdio] });
  onTestFinished(() => {
    host.kill("SIGKILL");
    endAllWith(mark);
  });
  const said = await new Promise<string>((resolve, reject) => {
    host.stdout?.setEncoding("utf8").on("data", resolve);
    host.once("exit", (code) => reject(new Error(`the host ended with ${code}`)));
  });
  return { pid: host.pid ?? 0, said: JSON.parse(said) };
}

for (const { by, missing } of WAYS) {
  describe(`under ${by}`, () => {
    test("a host that is killed leaves no plugin", async (context) => {
      if (missing !== undefined) return context.skip(missing);
      const mark = `sallyport-orphan-${process.pid}-${by}`;
      const { pid } = await startHost(by, by === "bubblewrap" ? "tree" : "ids", mark, ["ignore", "pipe", "inherit"]);
      expect(processesWith(mark).length).toBeGreaterThan(1);
      process.kill(pid, "SIGKILL");
      await until(() => processesWith(mark).length === 0);
    });

    test("what the host itself inherited does not pass on", async (context) => {
      if (missing !== undefined) return context.skip(missing);
      const secret = openSync(HOST, "r");
      onTestFinished(() => closeSync(secret));
      const stdio: ("ignore" | "pipe" | "inherit" | number)[] = Array.from({ length: 41 }, () => "ignore");
      stdio[1] = "pipe";
      stdio[2] = "inherit";
      stdio[40] = secret;
      const { said } = await startHost(by, "fds", `sallyport-fds-${process.pid}-${by}`, stdio);
      expect(Object.entries(said as Record<string, string>).filter(([fd, to]) => Number(fd) > 2 && !to.startsWith("/proc"))).toEqual([]);
    });
  });
}
