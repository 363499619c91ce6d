import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Inputs worth keeping, each a file named for its content. */
export interface Corpus {
  read(): readonly Uint8Array[];
  add(bytes: Uint8Array): void;
  /** Makes these the whole corpus. */
  replace(inputs: readonly Uint8Array[]): void;
}

export function openCorpus(folder: string): Corpus {
  const nameOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  const list = (): string[] => {
    try {
      return readdirSync(folder).sort();
    } catch {
      return [];
    }
  };
  const add = (bytes: Uint8Array): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, nameOf(bytes)), bytes);
  };
  return {
    read: () => list().map((name) => new Uint8Array(readFileSync(join(folder, name)))),
    add,
    replace(inputs) {
      const keep = new Set(inputs.map(nameOf));
      for (const name of list()) if (!keep.has(name)) rmSync(join(folder, name));
      for (const bytes of inputs) add(bytes);
    },
  };
}
