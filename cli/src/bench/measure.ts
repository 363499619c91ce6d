import { performance } from "node:perf_hooks";
import { jsonCodec } from "@sallyport/bus";
import type { Kernel } from "@sallyport/kernel";
import type { ModeFigures } from "../advice/figures.js";
import type { LocatedSpec } from "../config/types.js";
import { emptyHost, loadPlugin, type HostOptions } from "../host.js";
import { importInline } from "../import-inline.js";
import { measureLanes } from "./lanes.js";
import type { Job } from "./job.js";
import { privateMib } from "./memory.js";

/** Loads the plugin of a job and calls it, as a program would: a kernel with every mode. Aborting `signal` ends the plugin. */
export async function measure({ spec, method, params, inFlight, sampleMs, starts }: Job, signal: AbortSignal): Promise<{ readonly figures: ModeFigures; readonly calls: number }> {
  const payload = new TextEncoder().encode(params);
  const value = jsonCodec.decode(payload);
  const plugin: LocatedSpec = { spec, where: spec.path };
  const options: HostOptions = { inline: await importInline([plugin]) };
  const before = privateMib();
  await using kernel = emptyHost({ file: undefined, plugins: [] }, options);
  signal.addEventListener("abort", () => void kernel.close({ drainMs: 0 }), { once: true });
  const call = (): Promise<unknown> => kernel.call(method, value);

  const start = async (): Promise<number> => {
    const from = performance.now();
    await loadPlugin(kernel, plugin, options);
    await call();
    return performance.now() - from;
  };
  let startMs = [await start()];
  const after = privateMib();
  if (starts > 0) startMs = [];
  for (let i = 0; i < starts; i++) {
    await unloadAll(kernel);
    startMs.push(await start());
  }

  let calls = 1 + starts;
  const widths: ModeFigures["widths"][number][] = [];
  for (const width of inFlight) {
    const { calls: made, ...figures } = await measureLanes(call, width, sampleMs);
    widths.push(figures);
    calls += made;
  }
  const figures: ModeFigures = {
    mode: spec.mode,
    payloadBytes: payload.length,
    startMs: median(startMs),
    ...(before !== undefined && after !== undefined && { memoryMib: Math.max(0, after - before) }),
    widths,
  };
  return { figures, calls };
}

async function unloadAll(kernel: Kernel): Promise<void> {
  await Promise.all(kernel.list().map(({ name }) => kernel.unload(name)));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
