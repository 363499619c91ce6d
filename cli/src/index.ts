export { createHost, type HostOptions, type InlinePlugins, type Provided } from "./host.js";
export type { HostConfig, PluginConfig } from "./config/types.js";
