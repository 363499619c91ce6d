import { SallyportError, type GuestHello } from "@sallyport/bus";
import { readMethod } from "./hello.js";

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
