import { SallyportError } from "@sallyport/bus";

// What a bundle for a hardened guest gets as `@sallyport/plugin` (exports condition `sallyport-guest`): no Node module.
export { isSallyportError, SallyportError } from "@sallyport/bus";
export { definePlugin } from "./definition.js";
export type { Context, ContextCallOptions, Log, Method, MethodHandler, PluginDefinition, Secret } from "./definition.js";

/** There is no stdin or stdout in a hardened guest; says so with the remedy. */
export function serve(): never {
  throw new SallyportError("failed_precondition", "serve() was called in a hardened guest, which has no stdin and no stdout", {
    help: "Export the definition instead (`export default definePlugin({...})`), or run the file as an executable with \"mode\": \"stdio\".",
  });
}
