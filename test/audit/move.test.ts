import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHost } from "sallyport";
import { expect, it } from "vitest";

const DEMO = fileURLToPath(new URL("../../plugins/javascript", import.meta.url));

it("a move is evidence: from where to where, and what holds the plugin from then on", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-audit-move-"));
  try {
    const kernel = await createHost({ plugins: { demo: { path: DEMO, trust: "reviewed" } }, audit: { file: join(folder, "audit.jsonl") } });
    await kernel.move("demo", "process", { reason: "a test" });
    await new Promise((resolve) => setImmediate(resolve));
    await kernel.close();
    const lines = (await readFile(join(folder, "audit.jsonl"), "utf8")).trim().split("\n").map((line) => JSON.parse(line) as { readonly event: string; readonly mode?: string; readonly reason?: string; readonly detail?: unknown });
    expect(lines.filter(({ event }) => event === "allowed" || event === "moved").map(({ event, mode, reason, detail }) => [event, mode ?? reason, detail])).toEqual([
      ["allowed", "worker", undefined],
      ["moved", "a test", { from: "worker", to: "process" }],
      ["allowed", "process", undefined],
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
