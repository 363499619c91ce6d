import { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { oneshot, type OneshotOptions } from "@sallyport/adapter-oneshot";
import { createKernel, type Kernel, type KernelOptions, type LifecycleEvent, type PluginSpec } from "@sallyport/kernel";

/** A plugin's folder with a manifest of these settings, and files beside it, executable. */
export function makePlugin(oneshotSettings: unknown, { files = {}, manifest = {} }: { files?: Readonly<Record<string, string>>; manifest?: Readonly<Record<string, unknown>> } = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-oneshot-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o755);
  }
  writeFileSync(join(folder, "plugin.json"), JSON.stringify({ name: "tool", version: "1.0.0", modes: { oneshot: oneshotSettings }, ...manifest }, undefined, 1));
  return folder;
}

export interface Host {
  readonly kernel: Kernel;
  readonly logs: string[];
  readonly events: LifecycleEvent[];
}

export function makeHost(options: Partial<KernelOptions> & { readonly mode?: OneshotOptions } = {}): Host {
  const logs: string[] = [];
  const events: LifecycleEvent[] = [];
  const { mode, ...rest } = options;
  const kernel = createKernel({ adapters: [oneshot(mode)], hooks: { log: ({ message }) => void logs.push(message), lifecycle: (event) => void events.push(event) }, ...rest });
  onTestFinished(() => kernel.close({ drainMs: 0 }));
  return { kernel, logs, events };
}

/** A plugin of methods, loaded. Profile `none` unless said otherwise: what is not about the sandbox does not wait for one. */
export async function load(methods: Readonly<Record<string, unknown>>, { files, settings = {}, manifest, host = makeHost(), ...spec }: Partial<PluginSpec> & { files?: Readonly<Record<string, string>>; settings?: Readonly<Record<string, unknown>>; manifest?: Readonly<Record<string, unknown>>; host?: Host } = {}): Promise<Host> {
  await host.kernel.load({ sandbox: "none", ...spec, path: makePlugin({ ...settings, methods }, { ...(files && { files }), ...(manifest && { manifest }) }) });
  return host;
}

/** Processes whose command line holds `token`, but for this one. */
export function processesWith(token: string): number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).filter((name) => {
    try {
      return readFileSync(`/proc/${name}/cmdline`, "utf8").includes(token) && !/\) Z /.test(readFileSync(`/proc/${name}/stat`, "utf8"));
    } catch {
      return false;
    }
  }).map(Number);
}

/** Ends what a failed test left behind. */
export function endAllWith(token: string): void {
  onTestFinished(() => {
    for (const pid of processesWith(token)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Gone by itself.
      }
    }
  });
}

export async function untilGone(token: string): Promise<void> {
  await vi.waitFor(() => {
    const left = processesWith(token);
    if (left.length > 0) throw new Error(`still there: ${left.map((pid) => `${pid} ${readFileSync(`/proc/${pid}/stat`, "utf8").slice(0, 60)} ${readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").slice(0, 60)}`).join("\n")}`);
  }, 10_000);
}

export async function untilThere(token: string, count = 1): Promise<void> {
  await vi.waitFor(() => {
    if (processesWith(token).length < count) throw new Error("not there yet");
  }, 10_000);
}

/** A text that no other test's processes carry. */
export function newToken(): string {
  return `oneshot-${process.pid}-${Math.random().toString(36).slice(2, 10)}`;
}
