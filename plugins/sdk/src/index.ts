export { definePlugin } from "./definition.js";
export type { Context, ContextCallOptions, Log, Method, MethodHandler, PluginDefinition } from "./definition.js";
