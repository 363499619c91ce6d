import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAudit, type Audit, type AuditOptions } from "sallyport";
import { onTestFinished } from "vitest";

export interface Line { readonly seq: number; readonly plugin: string; readonly event: string; readonly hash: string; readonly [field: string]: unknown }

/** A folder that nobody else can write, gone after the test. */
export async function privateFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-audit-"));
  await chmod(folder, 0o700);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** An audit that is closed when the test ends, whatever happened. */
export function audit(options: AuditOptions): Audit {
  const opened = createAudit(options);
  onTestFinished(async () => opened[Symbol.asyncDispose]());
  return opened;
}

export async function linesIn(file: string): Promise<Line[]> {
  return (await readFile(file, "utf8")).split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Line);
}

export function deny(to: Audit, plugin: string, reason: string): void {
  to.hooks.lifecycle?.({ at: Date.now(), plugin, event: "denied", reason });
}

export function cross(to: Audit, plugin: string, name: string): void {
  to.hooks.crossing?.({ at: Date.now(), kind: "call", direction: "in", plugin, instance: `${plugin}#1`, mode: "stdio", name, caller: "host", outcome: "ok", durationMs: 1.25 });
}
