import { fromErrorObject, isSallyportError, SallyportError, toErrorObject } from "@sallyport/bus";
import type { Plugin } from "./plugin.js";
import type { Entry } from "./registry.js";
import type { Check } from "./schema.js";

/** Codes after which nobody knows whether the plugin did its work: retryable only where doing it twice does no harm. */
const UNKNOWN_OUTCOME: ReadonlySet<string> = new Set(["plugin_crashed", "stuck", "deadline_exceeded", "memory_limit", "cpu_limit", "cpu_share_limit", "process_limit"]);

export function codeOf(error: unknown): string {
  return isSallyportError(error) ? error.code : "internal";
}

/**
 * What the caller of a plugin's method gets: with plugin, method, restarts, and whether it is safe to call again.
 * @param sent whether the plugin may have seen the request; one it never saw can always be made again
 */
export function describeFailure(error: unknown, entry: Entry<unknown>, plugin: Plugin, { debug, sent }: { readonly debug: boolean; readonly sent: boolean }): SallyportError {
  const { stack, ...object } = toErrorObject(error, { stack: debug });
  // Only a connection that was closed under a call says so with this source: it was moved away from.
  const isCut = object.code === "unavailable" && object.source === "transport";
  const retryable = isCut || UNKNOWN_OUTCOME.has(object.code) ? !sent || entry.info.idempotent === true : object.retryable;
  return fromErrorObject({
    ...object,
    plugin: plugin.name,
    method: entry.info.name,
    ...(retryable !== undefined && { retryable }),
    ...(debug && object.source === "plugin" && stack !== undefined && { stack }),
    ...(object.crash && { crash: { restarts: plugin.supervisor.restarts, ...object.crash } }),
  });
}

/** A plugin's own answer that breaks its own schema is the plugin's fault, not the caller's. */
export function checkAnswer(check: Check | undefined, value: unknown, entry: Entry<unknown>, plugin: Plugin): void {
  try {
    check?.(value);
  } catch (error) {
    throw new SallyportError("internal", `'${plugin.name}' answered ${entry.info.name} with what its manifest does not allow: ${(error as Error).message}`, {
      source: "host", path: (error as SallyportError).path ?? "result", help: "Report it to the plugin's author, or mend the schema in its manifest.",
    });
  }
}
