export type { Usage } from "@sallyport/bus";
export type { Adapter, Boundary, Confinement, Enforcement, Exit, Guard, HostEnd, OpenRequest, PluginSource, Traits } from "./adapter.js";
export type { Crossing, Hooks, LifecycleEvent, LogEntry } from "./crossing.js";
export { DEFAULT_RESTART } from "./manifest.js";
export type { EntryKind, JsonSchema, Manifest, ManifestMethod, Permissions, PluginSpec, Profile, RestartPolicy, SandboxChoice, Trust } from "./manifest.js";
export type { CallOptions, HostContext, HostMethod, Kernel, KernelOptions, MethodEntry, PluginInfo, PluginState, PluginStats, ProvideOptions } from "./api.js";
export { fittestMode } from "./choose.js";
export { createKernel } from "./kernel.js";
