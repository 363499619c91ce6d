import { SallyportError, toErrorObject } from "@sallyport/bus";
import type { Adapter, PluginSpec, Trust } from "@sallyport/kernel";
import { readPlugin } from "@sallyport/manifest";
import type { ModeFacts } from "../advice/modes.js";
import { readListed } from "../import-inline.js";
import { isListed } from "../modes.js";

/** The modes that a plugin can be measured in, and why not in the others. */
export interface Runnable {
  /** The plugin's own name. */
  readonly name: string;
  readonly modes: readonly ModeFacts[];
  readonly skipped: readonly { readonly mode: string; readonly reason: string }[];
}

type Asked = PluginSpec & { readonly trust: Trust };

/** Reads the plugin as each mode would; runs nothing. */
export async function runnableModes(spec: Asked, adapters: readonly Adapter[], signal: AbortSignal): Promise<Runnable> {
  const source = await readPlugin(spec, signal);
  if (source === undefined) {
    throw new SallyportError("not_found", `${spec.path} is nothing that a mode runs`, { help: "Name a folder with a plugin.json, a JavaScript or TypeScript module, or an executable." });
  }
  const found = await Promise.all(adapters.map(async (adapter) => ({ adapter, reason: isListed(adapter.mode, adapters) ? await whyNotListed(spec, signal) : await whyNot(spec, adapter, signal) })));
  return {
    name: source.name,
    modes: found.filter(({ reason }) => reason === undefined).map(({ adapter: { mode, entries, trust, traits } }) => ({ mode, entries, trust, traits })),
    skipped: found.flatMap(({ adapter: { mode }, reason }) => (reason === undefined ? [] : [{ mode, reason }])),
  };
}

async function whyNot(spec: Asked, { mode, entries, inspect }: Adapter, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await inspect({ ...spec, mode }, signal)) === undefined ? `the plugin is nothing that it runs, which is: ${entries.join(", ")}` : undefined;
  } catch (error) {
    signal.throwIfAborted();
    const { msg, help } = toErrorObject(error);
    return help === undefined ? msg : `${msg}. ${help.replace(/\.$/, "")}`;
  }
}

async function whyNotListed(spec: Asked, signal: AbortSignal): Promise<string | undefined> {
  if ((await readListed(spec, signal)) === undefined) return "the plugin is not a JavaScript module";
  return spec.trust === "trusted" ? undefined : "it would run with your rights and without a boundary; if the code is as good as your own, add --trust trusted";
}
