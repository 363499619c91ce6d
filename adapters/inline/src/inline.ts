import process from "node:process";
import { createBridge } from "@sallyport/bridge";
import { SallyportError } from "@sallyport/bus";
import type { Adapter, Boundary, PluginSource, PluginSpec, Traits } from "@sallyport/kernel";
import type { PluginDefinition } from "@sallyport/plugin";

const TRAITS: Traits = {
  memory: "shared",
  crash: "fatal",
  stop: "cooperative",
  authority: "ambient",
  copies: false,
  stops: "Nothing: the plugin is part of the program.",
  costs: "A few microtasks a call; nothing is copied.",
};

/** What a host lists: checked by the compiler, so that a handler with a wrong signature does not build. */
export type InlinePlugins = Readonly<Record<string, PluginDefinition<never>>>;

/**
 * Mode `inline`: plugins that are part of the program. A spec names one by its key, `{ path: "fx", mode: "inline" }`.
 * Frames are handed over as they are: host and plugin see the same objects.
 */
export function inline(plugins: InlinePlugins): Adapter {
  const open = new Set<Boundary>();
  return {
    mode: "inline",
    traits: TRAITS,
    entries: ["listed"],
    trust: "trusted",
    inspect: async (spec) => find(plugins, spec),
    async open(request, host, signal) {
      signal.throwIfAborted();
      if (request.sandbox === "strict" || request.sandbox === "limits") {
        throw new SallyportError("sandbox_unavailable", `'${request.source.name}' wants profile '${request.sandbox}', and mode inline confines nothing`, { plugin: request.source.name, path: "sandbox", help: "Leave out `sandbox`: a plugin of mode inline is part of the program." });
      }
      const definition = definitionOf(plugins, request.source.entry);
      if (definition === undefined) throw unknown(plugins, request.source.entry);
      const boundary = createBridge(definition, request, host, { label: "this process", copies: false, version: definition.version ?? "0.0.0" });
      open.add(boundary);
      void boundary.exited.then(() => open.delete(boundary));
      return boundary;
    },
    enforcement: async () => ({ profile: "none", by: "nothing", guards: {}, remedies: [{ guards: ["files", "network", "peers"], help: "Use mode process: a plugin of mode inline is part of the program." }] }),
    async [Symbol.asyncDispose]() {
      await Promise.all([...open].map((boundary) => boundary.kill()));
    },
  };
}

function find(plugins: InlinePlugins, spec: PluginSpec): PluginSource | undefined {
  if (spec.mode !== undefined && spec.mode !== "inline") return undefined;
  const definition = definitionOf(plugins, spec.path);
  if (definition === undefined) {
    if (spec.mode === "inline") throw unknown(plugins, spec.path);
    return undefined;
  }
  return { name: spec.name ?? definition.name ?? spec.path, kind: "listed", root: spec.base ?? process.cwd(), entry: spec.path, manifest: undefined };
}

// Own keys only: a path named "toString" is not a plugin.
function definitionOf(plugins: InlinePlugins, key: string): PluginDefinition<never> | undefined {
  return Object.hasOwn(plugins, key) ? plugins[key] : undefined;
}

function unknown(plugins: InlinePlugins, key: string): SallyportError {
  return new SallyportError("not_found", `no inline plugin is called '${key}'; listed are: ${Object.keys(plugins).join(", ") || "none"}`, {
    help: "Add it to the list that the program hands to inline({ ... }), or name another mode.",
  });
}
