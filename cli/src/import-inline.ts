import { pathToFileURL } from "node:url";
import { SallyportError } from "@sallyport/bus";
import type { PluginSource, PluginSpec } from "@sallyport/kernel";
import { readPlugin } from "@sallyport/manifest";
import type { LocatedSpec } from "./config/types.js";
import type { InlinePlugins } from "./modes.js";

/** The mode whose plugins are imported rather than found. */
const LISTED = "inline";

/**
 * Imports the modules of `inline` plugins into this process: trusted code, with every right of the user.
 * A program does this with import statements, so that the compiler checks the list.
 */
export async function importInline(plugins: readonly LocatedSpec[]): Promise<InlinePlugins> {
  const list: Record<string, InlinePlugins[string]> = {};
  for (const plugin of plugins) {
    if (plugin.spec.mode === LISTED) list[plugin.spec.name ?? plugin.spec.path] = await importOne(plugin);
  }
  return list;
}

/** The module that a plugin of a program's own list is made of. `undefined`: the path holds none. */
export function readListed(spec: PluginSpec, signal: AbortSignal): Promise<PluginSource | undefined> {
  return readPlugin(spec, signal, { mode: LISTED, kinds: ["module"] });
}

/** The same, where there has to be one. `where` begins the message. */
export async function requireListed(spec: PluginSpec, where: string, signal: AbortSignal): Promise<PluginSource> {
  const source = await readListed(spec, signal);
  if (source === undefined) throw new SallyportError("invalid_argument", `${where}mode '${LISTED}' runs a JavaScript module, and ${spec.path} is none`, { help: "Name another mode, or none." });
  return source;
}

async function importOne({ spec, where }: LocatedSpec): Promise<InlinePlugins[string]> {
  const source = await requireListed(spec, `${where}: `, AbortSignal.timeout(10_000));
  if (/\.[mc]?ts$/.test(source.entry) && !hasTypeStripping()) {
    throw new SallyportError("failed_precondition", `${where}: Node ${process.versions.node} cannot import TypeScript, and mode 'inline' imports ${source.entry} as it is`, {
      help: "Compile it to .js, use mode 'worker' or 'process' (they bundle TypeScript), or run Node 22.18 or newer.",
    });
  }
  const module = (await import(pathToFileURL(source.entry).href)) as { readonly default?: unknown };
  const definition = module.default;
  if (typeof definition !== "object" || definition === null) {
    throw new SallyportError("invalid_argument", `${where}: ${source.entry} has no plugin as its default export`, { help: "Write: export default definePlugin({ methods: { … } })" });
  }
  return definition as InlinePlugins[string];
}

function hasTypeStripping(): boolean {
  return Boolean((process.features as { readonly typescript?: unknown }).typescript);
}
