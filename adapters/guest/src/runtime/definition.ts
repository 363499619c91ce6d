import { SallyportError } from "@sallyport/bus";
import type { PluginDefinition } from "@sallyport/plugin";

/** The definition among a module's exports, or an error that says what is there instead. */
export function definitionOf(exports: unknown): PluginDefinition<never> {
  // A CommonJS entry exports the definition itself; one compiled from a module wraps it once more.
  let found = exports;
  for (let depth = 0; depth < 2 && isObject(found) && "default" in found; depth++) found = found["default"];
  if (!isObject(found) || !("methods" in found || "events" in found || "start" in found)) {
    throw wrong(`the module's default export is ${describe(found)}, not a plugin`);
  }
  for (const [name, method] of Object.entries((found["methods"] as object | undefined) ?? {})) {
    const handler: unknown = isObject(method) ? method["handler"] : method;
    if (typeof handler !== "function") throw wrong(`the method '${name}' is ${describe(method)}, not a function or { handler }`);
  }
  for (const [topic, handler] of Object.entries((found["events"] as object | undefined) ?? {})) {
    if (typeof handler !== "function") throw wrong(`the handler of event '${topic}' is ${describe(handler)}, not a function`);
  }
  return found as PluginDefinition<never>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function describe(value: unknown): string {
  return value === undefined ? "missing" : value === null ? "null" : `of type ${typeof value}`;
}

function wrong(what: string): SallyportError {
  return new SallyportError("failed_precondition", what, { help: "Write `export default definePlugin({ methods: { ... } })`." });
}
