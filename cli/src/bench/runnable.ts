import { SallyportError } from "@sallyport/bus";
import type { EntryKind, PluginSource, PluginSpec, Trust } from "@sallyport/kernel";
import { readPlugin } from "@sallyport/manifest";
import type { ModeFacts } from "../advice/modes.js";

/** The modes that a plugin can be measured in, and why not in the others. */
export interface Runnable {
  /** The plugin's own name. */
  readonly name: string;
  readonly modes: readonly ModeFacts[];
  readonly skipped: readonly { readonly mode: string; readonly reason: string }[];
}

const NO_MODULE = "the plugin is not a JavaScript module";
const REASONS: Readonly<Record<EntryKind, string>> = {
  module: NO_MODULE,
  executable: "the plugin is a module; a command in its plugin.json makes it a program as well",
  listed: "it would run with your rights and without a boundary; if the code is as good as your own, add --trust trusted",
};

/** Reads the plugin as each mode would; runs nothing. */
export async function runnableModes(spec: PluginSpec & { readonly trust: Trust }, modes: readonly ModeFacts[], signal: AbortSignal): Promise<Runnable> {
  const source = await readPlugin(spec, signal);
  if (source === undefined) {
    throw new SallyportError("not_found", `${spec.path} is nothing that a mode runs`, { help: "Name a folder with a plugin.json, a JavaScript or TypeScript module, or an executable." });
  }
  const kinds = await kindsOf(spec, source, signal);
  const fits = ({ entries }: ModeFacts): boolean => entries.some((entry) => kinds.has(entry));
  const reasonOf = ({ entries: [entry = "module"] }: ModeFacts): string => (entry === "listed" && !kinds.has("module") ? NO_MODULE : (REASONS[entry] ?? `it runs: ${entry}`));
  return { name: source.name, modes: modes.filter(fits), skipped: modes.filter((mode) => !fits(mode)).map((mode) => ({ mode: mode.mode, reason: reasonOf(mode) })) };
}

async function kindsOf(spec: PluginSpec & { readonly trust: Trust }, source: PluginSource, signal: AbortSignal): Promise<ReadonlySet<EntryKind>> {
  const kinds = new Set([source.kind]);
  if (source.kind === "executable" && (await readPlugin({ ...spec, mode: "process" }, signal))?.kind === "module") kinds.add("module");
  if (source.manifest?.command !== undefined) kinds.add("executable");
  if (kinds.has("module") && spec.trust === "trusted") kinds.add("listed");
  return kinds;
}
