import type { PluginSource, PluginSpec } from "@sallyport/kernel";
import { outlined } from "./module/admit.js";
import type { Outline } from "./module/outline.js";
import { readModule } from "./module/read.js";

/** What a module is built for, as its exports tell. */
export type Kind = "module" | "command" | "reactor";

export function kindOf({ exports, imports }: Outline): Kind | undefined {
  const has = (wanted: string): boolean => exports.some(({ name, kind }) => name === wanted && kind === "function");
  if (has("_start")) return "command";
  if (!has("sallyport_receive")) return undefined;
  return has("_initialize") || imports.some(({ module }) => module === "wasi_snapshot_preview1") ? "reactor" : "module";
}

/** Whether it will most likely run in this mode. */
export function isAskedFor(mode: string, spec: PluginSpec, { manifest }: PluginSource): boolean {
  return (spec.mode ?? manifest?.mode ?? mode) === mode;
}

/** Both modes run files of the same kind: where nobody names one, the module itself decides. Named, it is taken, and refused with the reason. */
export async function isMeantFor(wanted: "module" | "program", spec: PluginSpec, { entry, manifest }: PluginSource, signal: AbortSignal): Promise<boolean> {
  if ((spec.mode ?? manifest?.mode) !== undefined) return true;
  if (typeof manifest?.entry === "object") return true;
  const kind = kindOf(outlined(entry, await readModule(entry, signal)));
  return kind === undefined || (kind === "module") === (wanted === "module");
}
