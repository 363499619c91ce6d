export { isSallyportError, SallyportError } from "@sallyport/bus";
export { definePlugin } from "./definition.js";
export type { Context, ContextCallOptions, Log, Method, MethodHandler, PluginDefinition, Secret } from "./definition.js";
export { serve, type ServeOptions } from "./serve.js";
