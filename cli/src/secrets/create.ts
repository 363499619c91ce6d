import { createHash, randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { SallyportError } from "@sallyport/bus";
import type { SecretProvider } from "@sallyport/kernel";
import { commandReader } from "./command.js";
import { environmentReader } from "./environment.js";
import { fileReader } from "./file.js";
import type { SecretReader, SecretSource } from "./types.js";

interface Known { readonly reader: SecretReader; value: string | undefined; mark: string | undefined; generation: string }

/** The secrets of a config, by name. Nothing is read before a plugin asks for it. `base`: where relative paths start. */
export function createSecrets(sources: Readonly<Record<string, SecretSource>>, base: string): SecretProvider {
  const known = new Map(Object.entries(sources).map(([name, source]): [string, Known] => [name, { reader: readerOf(source, base), value: undefined, mark: undefined, generation: "" }]));
  // A generation says that a value is another one, and nothing of the value: not even whether it is one that was used before.
  const salt = randomBytes(16);
  let count = 0;

  return {
    async get(name, signal) {
      const secret = known.get(name);
      if (secret === undefined) throw new SallyportError("not_found", `the config has no secret '${name}'`, { help: "Add it to `secrets` in sallyport.json." });
      const { value, mark } = await secret.reader.read(signal);
      if (value !== secret.value || mark !== secret.mark) {
        secret.generation = createHash("sha256").update(salt).update(`${name}:${count++}`).digest("hex").slice(0, 12);
        secret.value = value;
        secret.mark = mark;
      }
      return { value, generation: secret.generation };
    },
    watch: (name, changed) => known.get(name)?.reader.watch?.(changed) ?? (() => undefined),
  };
}

function readerOf(source: SecretSource, base: string): SecretReader {
  if ("file" in source) return fileReader(resolve(base, source.file));
  if ("env" in source) return environmentReader(source.env);
  return commandReader(source, base);
}
