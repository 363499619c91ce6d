import { fromErrorObject, MAX_LIMITS, SallyportError, toErrorObject, type Clock, type Deadlines } from "@sallyport/bus";
import type { HostMethod } from "./api.js";
import type { Hooks } from "./crossing.js";
import type { Handles } from "./handles.js";
import { runHostMethod } from "./host-method.js";
import { callPlugin } from "./plugin-call.js";
import type { Plugin } from "./plugin.js";
import type { Entry, Registry } from "./registry.js";
import { cancelledError, type Route, type RouteSink, type Running } from "./running.js";

export interface HostProvider { readonly kind: "host"; readonly name: "host"; readonly handler: HostMethod }
export type Provider = Plugin | HostProvider;

/** Finds the provider, checks the params, and hands the call over. */
export interface Router {
  /** Throws for a call that is not accepted; one that is ends in `sink`. */
  begin(route: Route, sink: RouteSink): Running;
}

export interface RouterOptions {
  readonly registry: Registry<Provider>;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly hooks: Hooks;
  readonly debug: boolean;
  readonly handles: Handles;
  /** Throws `unauthenticated` for a generation of a secret that is not accepted from this instance. */
  checkSecret(instance: string, name: string, generation: string): void;
  /** The error without secrets. */
  redact(error: SallyportError): SallyportError;
}

export function createRouter(options: RouterOptions): Router {
  const { registry } = options;
  return {
    begin(route, sink) {
      const { method } = route;
      const entry = registry.get(method);
      if (entry === undefined) throw new SallyportError("unimplemented", `nothing provides ${method}`, { method, source: "host" });
      if (route.signal?.aborted === true) throw cancelledError(method);
      if (Number.isNaN(route.timeoutMs)) throw new SallyportError("invalid_argument", `${method}: timeoutMs is not a number`, { method, path: "timeoutMs", help: "Give a positive number of milliseconds, or leave it out." });
      if (entry.checks.params !== undefined) checkParams(entry, route);
      const { provider } = entry;
      if (provider.kind === "plugin") return callPlugin(entry, provider, route, sink, options);
      route.timeoutMs = Math.min(route.timeoutMs, entry.info.timeout ?? Infinity, MAX_LIMITS.deadlineMs);
      return runHostMethod(entry, provider.handler, route, sink, options);
    },
  };
}

function checkParams(entry: Entry<Provider>, { method, params }: Route): void {
  try {
    entry.checks.params?.(params);
  } catch (error) {
    throw fromErrorObject({ ...toErrorObject(error), method, msg: `${method}: ${(error as Error).message}` });
  }
}
