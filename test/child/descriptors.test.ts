import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

test.skipIf(process.platform !== "linux")("what the host itself inherited does not pass on", async () => {
  const secret = openSync(fileURLToPath(import.meta.url), "r");
  onTestFinished(() => closeSync(secret));
  const stdio: ("ignore" | "pipe" | "inherit" | number)[] = Array.from({ length: 41 }, () => "ignore");
  stdio[1] = "pipe";
  stdio[2] = "inherit";
  stdio[40] = secret;
  const host = spawn(process.execPath, [fileURLToPath(new URL("fixtures/host.mjs", import.meta.url))], { stdio });
  onTestFinished(() => void host.kill("SIGKILL"));
  let said = "";
  host.stdout?.setEncoding("utf8").on("data", (text: string) => (said += text));
  await new Promise((resolve) => host.once("close", resolve));
  expect(said).toMatch(/ 40 -> \/dev\/null$/m);
  expect(said).not.toContain("descriptors.test.ts");
});
