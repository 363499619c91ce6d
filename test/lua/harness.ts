import { onTestFinished } from "vitest";
import { lua, type LuaOptions } from "@sallyport/adapter-lua";
import { createKernel, type Kernel, type PluginSpec } from "@sallyport/kernel";
import { folderOf } from "../guest/harness.js";

export interface Loaded {
  readonly kernel: Kernel;
  /** The plugin's folder. */
  readonly root: string;
  /** `level: text` of the plugin's log. */
  readonly logs: readonly string[];
  /** Resolves when a line of the log contains `text`. */
  logged(text: string): Promise<void>;
}

export interface LoadOptions {
  readonly lua?: LuaOptions;
  readonly spec?: Partial<PluginSpec>;
  readonly manifest?: object;
}

/** A kernel with the mode alone in it, closed with the test. */
export function kernelOf(options: LuaOptions = {}, onLog: (line: string) => void = () => {}): Kernel {
  const kernel = createKernel({ adapters: [lua({ spares: 0, ...options })], hooks: { log: ({ level, message }) => onLog(`${level}: ${message}`) } });
  onTestFinished(() => kernel.close());
  return kernel;
}

/** Loads a plugin of these files: `main.lua`, with a manifest if one is given. */
export async function load(files: Readonly<Record<string, string>>, { lua: options, spec, manifest }: LoadOptions = {}): Promise<Loaded> {
  const root = folderOf({ ...files, ...(manifest && { "plugin.json": JSON.stringify({ name: "p", version: "1.0.0", entry: "main.lua", ...manifest }) }) });
  const logs: string[] = [];
  const waiting = new Map<string, () => void>();
  const kernel = kernelOf(options, (line) => {
    logs.push(line);
    for (const [text, done] of waiting) if (line.includes(text)) done();
  });
  await kernel.load({ name: "p", path: manifest ? root : `${root}/main.lua`, ...spec });
  return {
    kernel, root, logs,
    logged: (text) => (logs.some((line) => line.includes(text)) ? Promise.resolve() : new Promise((done) => waiting.set(text, done))),
  };
}

/** A plugin of one method, `p.run`. */
export const method = (body: string): string => `return { methods = { ["p.run"] = function(params, ctx) ${body} end } }`;
