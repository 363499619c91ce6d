import { isTopic, SallyportError, type MethodInfo } from "@sallyport/bus";
import type { JsonSchema } from "./manifest.js";
import { RESERVED } from "./reserved.js";
import type { Check } from "./schema.js";
import type { InterfaceRules } from "./versions/interfaces.js";
import { linkMajors, type Earlier } from "./versions/link.js";
import { interfaceOf, readReference } from "./versions/reference.js";
import type { Version } from "./versions/version.js";

/** One method that can be called, and who answers. `P` is the host or a plugin. */
export interface Entry<P> {
  readonly info: MethodInfo;
  readonly provider: P;
  /** Of the interface that it belongs to; `undefined`: its provider promises none. */
  readonly version?: Version | undefined;
  readonly description?: string | undefined;
  readonly schemas: { readonly params?: JsonSchema | undefined; readonly result?: JsonSchema | undefined };
  readonly checks: { readonly params?: Check | undefined; readonly result?: Check | undefined; readonly item?: Check | undefined };
}

/** The table of methods: a method has one provider, or one for each major of an interface that the host knows. */
export interface Registry<P> {
  /** Where a call goes that names it so: `fx.rate`, `fx.rate@1`. */
  get(reference: string): Entry<P | Earlier<P>> | undefined;
  /** Why nothing answers to it. */
  missing(reference: string): SallyportError;
  /** Adds all or none. Throws `conflict` naming who holds the name, `invalid_argument` for a malformed one. */
  add(entries: readonly Entry<P>[]): void;
  remove(provider: P, method?: string): void;
  /** What is offered, each once. */
  all(): readonly Entry<P>[];
}

export function createRegistry<P extends { readonly name: string }>(interfaces: ReadonlyMap<string, InterfaceRules>): Registry<P> {
  const offers = new Map<string, readonly Entry<P>[]>();
  /** By every way of naming a method, so that a call looks once. */
  const table = new Map<string, Entry<P | Earlier<P>>>();
  const linked = new Map<string, readonly string[]>();

  function link(method: string, list: readonly Entry<P>[]): void {
    for (const key of linked.get(method) ?? []) table.delete(key);
    if (list.length === 0) {
      offers.delete(method);
      linked.delete(method);
      return;
    }
    const name = interfaceOf(method);
    const links = linkMajors(name, method, list, interfaces.get(name));
    offers.set(method, list);
    linked.set(method, [...links.keys()]);
    for (const [key, entry] of links) table.set(key, entry);
  }

  function assertFree({ info: { name: method }, provider, version }: Entry<P>): void {
    if (!isTopic(method) || method.startsWith("$")) throw new SallyportError("invalid_argument", `'${method}' of '${provider.name}' is not a method name`, { help: "Use segments of letters, digits, _ and - joined by dots; names with a leading $ are reserved." });
    if (method.startsWith(RESERVED) && provider.name !== "host") throw new SallyportError("invalid_argument", `'${provider.name}' offers ${method}, a name that the host keeps for itself`, { method, help: "Rename the method." });
    // A newer major is what calls mean from then on: no plugin may become that by its own word alone.
    const isAgreed = (other: Entry<P>): boolean => interfaces.has(interfaceOf(method)) || (provider.name === "host" && other.provider.name === "host");
    const isBeside = (other: Entry<P>): boolean => version !== undefined && other.version !== undefined && other.version.major !== version.major && isAgreed(other);
    const holder = offers.get(method)?.find((other) => other.provider !== provider && !isBeside(other));
    if (holder === undefined) return;
    throw new SallyportError("conflict", `'${provider.name}' offers ${method}, which '${holder.provider.name}' already provides`, { method, help: `A method has one provider: unload the other one, or rename the method. Majors of an interface live side by side where both manifests state theirs under \`interfaces\`, and the host agrees: \`interfaces: { "${interfaceOf(method)}": ... }\`.` });
  }

  return {
    get(reference) {
      const entry = table.get(reference);
      if (entry !== undefined) return entry;
      // Who promises no version answers to each.
      const { name, major } = readReference(reference) ?? { name: "", major: undefined };
      const plain = major === undefined ? undefined : table.get(name);
      return plain?.provider !== undefined && offers.get(name)?.[0]?.version === undefined ? plain : undefined;
    },
    missing(reference) {
      const { name, major } = readReference(reference) ?? { name: reference, major: undefined };
      const majors = (offers.get(name) ?? []).map(({ version }) => version?.major).toSorted();
      if (majors.length === 0) return new SallyportError("unimplemented", `nothing provides ${reference}`, { method: reference, source: "host" });
      const wanted = major ?? interfaces.get(interfaceOf(name))?.current;
      return new SallyportError("unimplemented", `nothing provides ${name} in major ${wanted}; there is ${majors.join(", ")}`, { method: reference, source: "host", help: "Load a plugin that provides that major, name another one (`name@MAJOR`), or tell the kernel how to convert (`interfaces`)." });
    },
    add(entries) {
      for (const entry of entries) assertFree(entry);
      for (const entry of entries) {
        const method = entry.info.name;
        link(method, [...(offers.get(method) ?? []).filter((other) => other.provider !== entry.provider), entry]);
      }
    },
    remove(provider, method) {
      for (const [name, list] of offers) {
        if ((method === undefined || method === name) && list.some((entry) => entry.provider === provider)) link(name, list.filter((entry) => entry.provider !== provider));
      }
    },
    all: () => [...offers.values()].flat(),
  };
}
