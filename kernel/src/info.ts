import type { PluginInfo } from "./api.js";
import type { Plugin } from "./plugin.js";
import type { Registry } from "./registry.js";
import type { Provider } from "./route.js";

/** What a host may know of a plugin at this moment; a copy. */
export function pluginInfo(plugin: Plugin, registry: Registry<Provider>): PluginInfo {
  const { source, manifest, adapter, supervisor, admission, spec, stats } = plugin;
  const { traits } = adapter;
  return {
    name: plugin.name,
    version: manifest?.version ?? plugin.hello?.version,
    mode: adapter.mode,
    trust: plugin.trust,
    state: supervisor.state,
    traits,
    unsafe: traits.memory === "shared" || (traits.authority === "ambient" && plugin.confinement?.profile !== "strict" && spec.sandbox !== "strict"),
    path: source.entry,
    instance: supervisor.current?.id,
    label: supervisor.current?.label,
    methods: registry.all().filter((entry) => entry.provider === plugin).map((entry) => entry.info),
    events: plugin.events,
    grants: plugin.grants.effective,
    denied: [...plugin.grants.denied, ...plugin.permissions.denied],
    permissions: plugin.permissions.effective,
    ...(plugin.confinement && { confinement: plugin.confinement }),
    limits: plugin.limits,
    restarts: supervisor.restarts,
    ...(supervisor.current?.watched.usage && { usage: supervisor.current.watched.usage }),
    health: supervisor.current?.watched.health ?? "unknown",
    stats: { ...stats, inFlight: admission.inFlight, queued: admission.queued },
  };
}
