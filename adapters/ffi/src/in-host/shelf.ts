import { statSync } from "node:fs";
import { SallyportError } from "@sallyport/bus";
import { loadKoffi } from "../native/koffi.js";
import { loadLibrary, type Library, type LibraryOptions } from "../native/library.js";

/** A library while one instance has it. */
export interface Taken {
  readonly library: Library;
  giveBack(): void;
}

/** The libraries of this process. One that was loaded stays: threads of its own may still run in it. */
export interface Shelf {
  /** Throws a refusal, or `conflict` for a library that another instance has: its variables exist once. */
  take(options: LibraryOptions & { readonly koffi: string }, plugin: string): Taken;
}

export function createShelf(): Shelf {
  const loaded = new Map<string, { readonly library: Library; taken: boolean }>();
  return {
    take(options, plugin) {
      const { dev, ino } = statSync(options.file);
      // As the system's loader tells libraries apart, and with what was asked of it when it was loaded.
      const key = [dev, ino, options.frameBytes, options.fingerprint ?? ""].join(" ");
      const busy = [...loaded].some(([other, { taken }]) => taken && other.startsWith(`${dev} ${ino} `));
      if (busy) throw new SallyportError("conflict", `'${plugin}': ${options.file} is loaded into this process already, for another plugin`, { plugin, help: "Load it once, or use mode ffi, in which each plugin has a process of its own." });
      const entry = loaded.get(key) ?? { library: loadLibrary(loadKoffi(options.koffi), options), taken: false };
      loaded.set(key, entry);
      entry.taken = true;
      return {
        library: entry.library,
        giveBack() {
          entry.taken = false;
        },
      };
    },
  };
}
