import { isTopic, SallyportError, type MethodInfo } from "@sallyport/bus";
import type { JsonSchema } from "./manifest.js";
import { RESERVED } from "./reserved.js";
import type { Check } from "./schema.js";

/** One method that can be called, and who answers. `P` is the host or a plugin. */
export interface Entry<P> {
  readonly info: MethodInfo;
  readonly provider: P;
  readonly description?: string | undefined;
  readonly schemas: { readonly params?: JsonSchema | undefined; readonly result?: JsonSchema | undefined };
  readonly checks: { readonly params?: Check | undefined; readonly result?: Check | undefined; readonly item?: Check | undefined };
}

/** The table of methods: a method has one provider. */
export interface Registry<P> {
  get(method: string): Entry<P> | undefined;
  /** Adds all or none. Throws `conflict` naming who holds the name, `invalid_argument` for a malformed one. */
  add(entries: readonly Entry<P>[], owner: (provider: P) => string): void;
  remove(provider: P, method?: string): void;
  all(): readonly Entry<P>[];
}

export function createRegistry<P>(): Registry<P> {
  const table = new Map<string, Entry<P>>();
  return {
    get: (method) => table.get(method),
    add(entries, owner) {
      for (const { info, provider } of entries) {
        if (!isTopic(info.name) || info.name.startsWith("$")) throw new SallyportError("invalid_argument", `'${info.name}' of '${owner(provider)}' is not a method name`, { help: "Use segments of letters, digits, _ and - joined by dots; names with a leading $ are reserved." });
        if (info.name.startsWith(RESERVED) && owner(provider) !== "host") throw new SallyportError("invalid_argument", `'${owner(provider)}' offers ${info.name}, a name that the host keeps for itself`, { method: info.name, help: "Rename the method." });
        const holder = table.get(info.name);
        if (holder && holder.provider !== provider) {
          throw new SallyportError("conflict", `'${owner(provider)}' offers ${info.name}, which '${owner(holder.provider)}' already provides`, { method: info.name, help: "A method has one provider: unload the other one, or rename the method." });
        }
      }
      for (const entry of entries) table.set(entry.info.name, entry);
    },
    remove(provider, method) {
      for (const [name, entry] of table) if (entry.provider === provider && (method === undefined || method === name)) table.delete(name);
    },
    all: () => [...table.values()],
  };
}
