import { SallyportError } from "@sallyport/bus";
import type { MethodEntry } from "@sallyport/kernel";

/** The method to call: the one named, or the only one there is. Throws `invalid_argument`, `not_found`. */
export function methodToCall(all: readonly MethodEntry[], name: string | undefined): string {
  const callable = all.filter((method) => method.stream === undefined);
  const help = callable.length === 0 ? "None of its methods answers without a stream." : `It has ${callable.map((method) => method.name).join(", ")}.`;
  if (name === undefined) {
    const [only, ...more] = callable;
    if (only === undefined) throw new SallyportError("invalid_argument", "the plugin has no method that bench could call", { help });
    if (more.length === 0) return only.name;
    throw new SallyportError("invalid_argument", `the plugin has ${callable.length} methods, and bench calls one`, { help: `Name one with --method. ${help}` });
  }
  const found = all.find((method) => method.name === name);
  if (found === undefined) throw new SallyportError("not_found", `the plugin has no method '${name}'`, { help });
  if (found.stream !== undefined) throw new SallyportError("invalid_argument", `'${name}' streams, and bench calls methods that answer once`, { help });
  return name;
}
