import { fromErrorObject, MAX_LIMITS, SallyportError, toErrorObject, type Clock, type Deadlines } from "@sallyport/bus";
import type { HostMethod } from "./api.js";
import type { Hooks } from "./crossing.js";
import type { Handles } from "./handles.js";
import { runHostMethod } from "./host-method.js";
import { callPlugin } from "./plugin-call.js";
import type { Plugin } from "./plugin.js";
import type { Entry, Registry } from "./registry.js";
import { passOn } from "./versions/convert.js";
import type { Earlier } from "./versions/link.js";
import type { Notices } from "./versions/notices.js";
import { satisfies, versionText, type Version } from "./versions/version.js";
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
  readonly notices: Notices;
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
  const { registry, notices } = options;

  function enter(entry: Entry<Provider | Earlier<Provider>>, route: Route, sink: RouteSink): Running {
    if (entry.checks.params !== undefined) checkParams(entry, route);
    const { provider } = entry;
    if (provider.kind === "plugin") return callPlugin(entry, provider, route, sink, options);
    if (provider.kind === "earlier") return passOn<Provider>(provider, route, sink, notices, enter);
    route.timeoutMs = Math.min(route.timeoutMs, entry.info.timeout ?? Infinity, MAX_LIMITS.deadlineMs);
    return runHostMethod(entry, provider.handler, route, sink, options);
  }

  return {
    begin(route, sink) {
      const { method } = route;
      const entry = registry.get(method);
      if (entry === undefined) throw registry.missing(method);
      if (route.atLeast !== undefined) assertVersion(entry, route.atLeast, route);
      if (route.signal?.aborted === true) throw cancelledError(method);
      if (Number.isNaN(route.timeoutMs)) throw new SallyportError("invalid_argument", `${method}: timeoutMs is not a number`, { method, path: "timeoutMs", help: "Give a positive number of milliseconds, or leave it out." });
      return enter(entry, route, sink);
    },
  };
}

/** Of the same major, the provider may still be older than what its caller was written for. */
function assertVersion({ version }: Entry<unknown>, atLeast: Version, { method, caller }: Route): void {
  if (version === undefined || satisfies(version, atLeast)) return;
  throw new SallyportError("unimplemented", `'${caller}' was written for version ${versionText(atLeast)} of what provides ${method}, and there is ${versionText(version)}`, { method, source: "host", help: "Load a newer provider, or a plugin that was written for this one." });
}

function checkParams(entry: Entry<unknown>, { method, params }: Route): void {
  try {
    entry.checks.params?.(params);
  } catch (error) {
    throw fromErrorObject({ ...toErrorObject(error), method, msg: `${method}: ${(error as Error).message}` });
  }
}
