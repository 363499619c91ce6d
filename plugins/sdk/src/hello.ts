import type { GuestHello, MethodInfo } from "@sallyport/bus";
import type { Method, MethodHandler, PluginDefinition } from "./definition.js";

const FEATURES = ["stream", "cancel", "ping", "log", "progress", "events", "hostcall"] as const;

/** Events that may be under way to a plugin: so many wait in its own memory, and each round of credit costs a wake-up. */
export const EVENTS_AHEAD = 512;

export interface Identity {
  readonly name: string;
  readonly version: string;
  /** Calls the host may have open at once. */
  readonly inflight: number;
  /** Stacks are offered; they are sent if the host takes the feature. */
  readonly stack: boolean;
  /** What the definition makes use of; default: all that the kit offers. */
  readonly features?: readonly string[] | undefined;
}

/** The hello that a definition amounts to. */
export function helloOf(definition: PluginDefinition<never>, identity: Identity): GuestHello {
  return {
    t: "hello",
    name: identity.name,
    version: identity.version,
    methods: Object.entries(definition.methods ?? {}).map(([name, method]) => infoOf(name, method)),
    features: [...(identity.features ?? FEATURES), ...(definition.start ? ["init"] : []), ...(identity.stack ? ["stack"] : [])],
    limits: { inflight: identity.inflight, events: EVENTS_AHEAD },
    events: Object.keys(definition.events ?? {}),
    sdk: "javascript/0.1.0",
  };
}

export function handlerOf(method: Method<never>): MethodHandler<never> {
  return typeof method === "function" ? method : method.handler;
}

function infoOf(name: string, method: Method<never>): string | MethodInfo {
  const streams = isAsyncGeneratorFunction(handlerOf(method));
  if (typeof method === "function") return streams ? { name, stream: "out" } : name;
  const { handler: _handler, ...info } = method;
  return { ...(streams && { stream: "out" as const }), ...info, name };
}

// By tag, since a Compartment's functions need not share the constructor that this file could name.
function isAsyncGeneratorFunction(fn: object): boolean {
  return (fn as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] === "AsyncGeneratorFunction";
}
