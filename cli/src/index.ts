export { createHost, type HostOptions, type InlinePlugins, type Provided } from "./host.js";
export type { HostConfig, PluginConfig } from "./config/types.js";
export { createSecrets } from "./secrets/create.js";
export type { CommandSource, EnvironmentSource, FileSource, SecretSource } from "./secrets/types.js";
