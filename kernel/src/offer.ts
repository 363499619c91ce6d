import { SallyportError, type GuestHello, type MethodInfo } from "@sallyport/bus";
import type { Grants } from "./grants.js";
import { readMethod } from "./hello.js";
import type { Manifest } from "./manifest.js";

/** What callers and hearers count on, whichever way the plugin runs. */
export interface Offer {
  readonly methods: readonly string[];
  /** Patterns that it hears. */
  readonly events: readonly string[];
  /** Features without which what it does now would fail. */
  readonly features: readonly string[];
}

/** Throws `manifest_mismatch` for a hello in another mode that offers less than the plugin did until now. */
export function assertOffers(plugin: string, mode: string, theirs: GuestHello, { methods, events, features }: Offer): void {
  const offered = new Set(theirs.methods.map((method) => readMethod(method).name));
  const heard = theirs.events && new Set(theirs.events);
  const able = new Set(theirs.features ?? []);
  const missing = [
    ...methods.filter((method) => !offered.has(method)).map((method) => `method ${method}`),
    ...events.filter((pattern) => heard !== undefined && !heard.has(pattern)).map((pattern) => `event ${pattern}`),
    ...features.filter((feature) => !able.has(feature)).map((feature) => `feature ${feature}`),
  ];
  if (missing.length === 0) return;
  throw new SallyportError("manifest_mismatch", `'${plugin}' in mode '${mode}' does not offer what it does now: ${missing.join(", ")}`, {
    plugin, data: { missing }, help: "Build the plugin for that mode from the same source, or leave it where it is.",
  });
}

/** What a plugin does until now. */
export interface Doing {
  readonly manifest: Manifest | undefined;
  readonly hello: GuestHello | undefined;
  readonly known: ReadonlySet<string> | undefined;
  /** Patterns that it hears: asked for and granted. */
  readonly events: readonly string[];
  readonly grants: Grants;
}

export function promisedBy({ manifest, hello, known, events, grants }: Doing): Offer {
  const methods = hello?.methods.map(readMethod) ?? [...(known ?? [])].map((name): MethodInfo => ({ name }));
  const streams = methods.some(({ name, stream }) => stream !== undefined || manifest?.methods?.[name]?.stream !== undefined);
  const calls = grants.effective.some((grant) => grant.startsWith("call:")) && hello?.features?.includes("hostcall") === true;
  return {
    methods: methods.map(({ name }) => name),
    events: hello?.events ?? manifest?.events ?? [],
    features: [...(streams ? ["stream"] : []), ...(events.length > 0 ? ["events"] : []), ...(calls ? ["hostcall"] : [])],
  };
}

/** Its methods. Throws `manifest_mismatch` for a hello that announces more than what is known of the plugin. */
export function assertWithin(plugin: string, theirs: GuestHello, manifest: Manifest | undefined, known: ReadonlySet<string> | undefined): readonly MethodInfo[] {
  const methods = theirs.methods.map(readMethod);
  const extra = (what: string, list: readonly string[] | undefined, allowed: { has(item: string): boolean } | undefined): void => {
    const grown = allowed && list?.filter((item) => !allowed.has(item));
    if (grown && grown.length > 0) {
      throw new SallyportError("manifest_mismatch", `the hello of '${plugin}' announces ${what} that its manifest does not: ${grown.join(", ")}`, { plugin });
    }
  };
  extra("methods", methods.map((method) => method.name), known);
  extra("needs", theirs.needs, manifest?.needs && new Set(manifest.needs));
  extra("events", theirs.events, manifest?.events && new Set(manifest.events));
  return methods;
}
