import { SallyportError } from "@sallyport/bus";
import { readPlugin } from "@sallyport/manifest";
import type { Hooks, Kernel, Permissions } from "@sallyport/kernel";
import { findConfig, namedConfig } from "./config/find.js";
import { checkConfig, readConfig } from "./config/read.js";
import type { LocatedSpec, ResolvedConfig } from "./config/types.js";
import { openHost } from "./host.js";
import { importInline } from "./import-inline.js";
import type { TargetOptions } from "./options.js";

export interface OpenOptions {
  readonly signal: AbortSignal;
  readonly hooks?: Hooks;
  /** Start only what a manifest does not describe: enough to list. */
  readonly describeOnly?: boolean;
  /** Which of the config's observers look on: not those of a host that runs meanwhile. */
  readonly observe?: "all" | "audit" | "none";
}

/** The config that the options name, or one made of `--plugin`. */
export async function targetConfig(options: TargetOptions, signal: AbortSignal): Promise<ResolvedConfig> {
  const folder = process.cwd();
  if (options.plugin !== undefined) return pluginConfig(options.plugin, options, folder, signal);
  if (options.mode !== undefined || options.trust !== undefined || options.grant !== undefined || options.permit !== undefined) {
    throw new SallyportError("invalid_argument", "--mode, --trust, --grant and --permit go with --plugin", { help: "Write them into the config, or name the plugin with --plugin PATH." });
  }
  return readConfig(options.config === undefined ? await findConfig(folder) : await namedConfig(options.config, folder), signal);
}

async function pluginConfig(path: string, options: TargetOptions, base: string, signal: AbortSignal): Promise<ResolvedConfig> {
  const settings = { path, ...(options.mode !== undefined && { mode: options.mode }), ...(options.trust && { trust: options.trust }), ...(options.grant && { grants: options.grant }), ...(options.permit && { permissions: permitted(options.permit) }) };
  const found = await readPlugin({ ...settings, base }, signal);
  const name = found?.name ?? "plugin";
  const config = checkConfig({ plugins: { [name]: settings } }, base);
  return { ...config, plugins: config.plugins.map((plugin) => ({ ...plugin, where: `--plugin ${path}` })) };
}

/** `KIND:VALUE`, each; what is wrong with a value is found by the config's schema. */
export function permitted(list: readonly string[]): Permissions {
  const out: Record<string, string[]> = {};
  for (const text of list) {
    const colon = text.indexOf(":");
    if (colon < 1) throw new SallyportError("invalid_argument", `--permit ${text}: expected KIND:VALUE`, { help: "Write read:PATH, write:PATH, net:ADDRESS or run:PROGRAM." });
    (out[text.slice(0, colon)] ??= []).push(text.slice(colon + 1));
  }
  return out;
}

/** Loads what the options name. */
export async function openTarget(options: TargetOptions, open: OpenOptions): Promise<Kernel> {
  const config = await targetConfig(options, open.signal);
  const inline = await importInline(config.plugins);
  const plugins = open.describeOnly === true ? await Promise.all(config.plugins.map((plugin) => described(plugin, open.signal))) : config.plugins;
  return openHost({ ...config, plugins }, {
    inline,
    signal: open.signal,
    ...(open.observe !== "all" && { metrics: false }),
    ...(open.observe === "none" && { audit: false }),
    ...(open.hooks && { hooks: open.hooks }),
    ...(options.debug !== undefined && { debug: options.debug }),
  });
}

async function described(plugin: LocatedSpec, signal: AbortSignal): Promise<LocatedSpec> {
  if (plugin.spec.mode === "inline") return plugin;
  // What cannot be read fails in `load`, which says so with its place.
  const source = await readPlugin(plugin.spec, signal).catch(() => undefined);
  return source?.manifest?.methods === undefined ? plugin : { ...plugin, spec: { ...plugin.spec, start: "lazy" } };
}
