import { isDeepStrictEqual } from "node:util";
import { SallyportError } from "@sallyport/bus";
import type { Adapter } from "./adapter.js";
import type { MoveOptions } from "./api.js";
import { inspectBy, isTrust, trusts } from "./choose.js";
import type { Manifest } from "./manifest.js";
import type { Plugin } from "./plugin.js";

/** Moves running plugins from one mode to another. */
export interface Mover {
  /** Throws as `kernel.move` does. */
  move(plugin: Plugin, mode: string, options: MoveOptions, detail?: unknown): Promise<void>;
}

export interface MoverOptions {
  readonly adapters: readonly Adapter[];
  readonly signal: AbortSignal;
  readonly drainMs: number;
  /** It is loaded and is not being unloaded. */
  stands(plugin: Plugin): boolean;
}

export function createMover({ adapters, signal, drainMs, stands }: MoverOptions): Mover {
  const moving = new WeakSet<Plugin>();

  async function move(plugin: Plugin, adapter: Adapter, options: MoveOptions, detail: unknown): Promise<void> {
    const { name, spec } = plugin;
    const from = plugin.adapter.mode;
    const to = adapter.mode;
    const path = options.path ?? spec.path;
    const source = await inspectBy(adapter, { ...spec, name, path, mode: to }, `plugin '${name}'`, signal);
    if (!stands(plugin)) throw new SallyportError("unavailable", `'${name}' is being unloaded`, { plugin: name, retryable: false });
    if (source === undefined) throw new SallyportError("invalid_argument", `plugin '${name}': '${path}' holds nothing that mode '${to}' runs`, { plugin: name, path: "mode", help: `'${to}' runs: ${adapter.entries.join(", ")}.` });
    if (source.manifest !== undefined && !isSameContract(plugin.manifest, source.manifest)) {
      throw new SallyportError("failed_precondition", `the manifest of '${name}' is not the one that it was loaded with`, { plugin: name, help: "A move keeps a plugin's contract. Unload it and load it again to take the new one." });
    }
    const trust = options.trust ?? plugin.trust;
    await plugin.move({ adapter, source, trust }, { drainMs: options.drainMs ?? drainMs, reason: options.reason ?? "asked", detail: { from, to, ...(trust !== plugin.trust && { trust }), ...(detail !== undefined && { figures: detail }) } });
  }

  return {
    async move(plugin, mode, options, detail) {
      const { name, spec } = plugin;
      const adapter = adapters.find((one) => one.mode === mode);
      if (adapter === undefined) throw new SallyportError("invalid_argument", `plugin '${name}': there is no mode '${mode}'`, { plugin: name, path: "mode", help: `This kernel has: ${adapters.map((one) => one.mode).join(", ")}.` });
      if (adapter === plugin.adapter && options.path === undefined) return;
      if (options.trust !== undefined && !isTrust(options.trust)) throw new SallyportError("invalid_argument", `plugin '${name}': trust is 'untrusted', 'reviewed' or 'trusted'`, { plugin: name, path: "trust" });
      // A config that names a mode answers for it; otherwise somebody has to say that the code has earned it.
      if (mode !== spec.mode && !trusts(options.trust ?? plugin.trust, adapter.trust)) {
        throw new SallyportError("permission_denied", `mode '${mode}' asks for trust '${adapter.trust}', and '${name}' has '${options.trust ?? plugin.trust}'`, { plugin: name, source: "host", help: `Name the trust that the code has earned: kernel.move("${name}", "${mode}", { trust: "${adapter.trust}" }).` });
      }
      if (!plugin.described) throw new SallyportError("failed_precondition", `'${name}' is being loaded`, { plugin: name, help: "Wait until `load` has resolved." });
      if (moving.has(plugin)) throw new SallyportError("conflict", `'${name}' is being moved already`, { plugin: name, help: "Wait for the end of that move." });
      moving.add(plugin);
      try {
        await move(plugin, adapter, options, detail);
      } finally {
        moving.delete(plugin);
      }
    },
  };
}

/** Where a plugin is run from may differ from mode to mode; what it offers and asks for may not. One without a manifest is held to its hello alone. */
function isSameContract(before: Manifest | undefined, now: Manifest): boolean {
  return before === undefined || isDeepStrictEqual(contractOf(before), contractOf(now));
}

function contractOf(manifest: Manifest): Partial<Manifest> {
  const { entry: _entry, command: _command, mode: _mode, modes: _modes, description: _description, license: _license, homepage: _homepage, ...contract } = manifest;
  return contract;
}
