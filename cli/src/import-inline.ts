import { pathToFileURL } from "node:url";
import { SallyportError } from "@sallyport/bus";
import { readPlugin } from "@sallyport/manifest";
import type { LocatedSpec } from "./config/types.js";
import type { InlinePlugins } from "./modes.js";

/**
 * Imports the modules of `inline` plugins into this process: trusted code, with every right of the user.
 * A program does this with import statements, so that the compiler checks the list.
 */
export async function importInline(plugins: readonly LocatedSpec[]): Promise<InlinePlugins> {
  const list: Record<string, InlinePlugins[string]> = {};
  for (const plugin of plugins) {
    if (plugin.spec.mode === "inline") list[plugin.spec.name ?? plugin.spec.path] = await importOne(plugin);
  }
  return list;
}

async function importOne({ spec, where }: LocatedSpec): Promise<InlinePlugins[string]> {
  const source = await readPlugin({ ...spec, mode: "process" }, AbortSignal.timeout(10_000));
  if (source?.kind !== "module") throw new SallyportError("invalid_argument", `${where}: mode 'inline' runs a JavaScript module, and ${spec.path} is none`);
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
