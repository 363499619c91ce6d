import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "sallyport";
import { expect, onTestFinished, test } from "vitest";
import { fixture } from "./host.js";

const CANARY = "canary-9d41c7-token";
const OTHER = "canary-77b0e2-config";

test("no file that a host writes has a secret in it: audit with every crossing, metrics (C11)", async () => {
  const base = await mkdtemp(join(tmpdir(), "sallyport-authority-"));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  await writeFile(join(base, "token"), CANARY, { mode: 0o600 });
  await chmod(join(base, "token"), 0o600);
  const kernel = await createHost({
    plugins: {
      leaky: { path: fixture("leaky.js"), grants: ["secret:bank.token", "call:bank.*"], config: { apiToken: OTHER } },
      printer: { path: fixture("leaky.mjs"), mode: "stdio", grants: ["secret:bank.token"], config: { apiToken: OTHER }, restart: false },
    },
    secrets: { "bank.token": { file: "token" } },
    audit: { file: "log.jsonl", crossings: "all" },
    metrics: { file: "metrics.prom" },
  }, { base, provide: { "bank.pay": () => { throw new Error(CANARY); } } });
  const closing = { done: false };
  onTestFinished(async () => void (closing.done || (await kernel.close({ drainMs: 0 }))));
  await kernel.call("leaky.all").catch(() => undefined);
  await kernel.call("leaky.print").catch(() => undefined);
  await kernel.call("leaky.die").catch(() => undefined);
  kernel.revoke("leaky", ["secret:**"]);
  await kernel.call("leaky.result").catch(() => undefined);
  await kernel.close({ drainMs: 0 });
  closing.done = true;
  const written = (await readdir(base, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && entry.name !== "token");
  const texts = await Promise.all(written.map(async (entry) => [entry.name, await readFile(join(entry.parentPath, entry.name), "utf8")] as const));
  const textOf = (file: string): string => texts.find(([name]) => name === file)?.[1] ?? "";
  for (const event of ["\"secret\"", "\"revoked\"", "\"denied\"", "publish:leak.[redacted]"]) expect(textOf("log.jsonl")).toContain(event);
  expect(textOf("log.crossings.jsonl")).toContain("bank.[redacted]");
  expect(textOf("metrics.prom")).not.toBe("");
  for (const [name, text] of texts) for (const part of ["9d41c7", "77b0e2"]) expect(text.includes(part), `${part} in ${name}`).toBe(false);
});
