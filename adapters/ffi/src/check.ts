import { SallyportError } from "@sallyport/bus";
import type { OpenRequest } from "@sallyport/kernel";
import { assertLibraryFile } from "./native/file.js";
import { placeOfKoffi, type KoffiPlace } from "./native/place.js";
import { asError, Refused } from "./refusal.js";

/** What can be refused before anything of the plugin runs. Where koffi is, otherwise. */
export function checkRequest({ source, args }: OpenRequest): KoffiPlace {
  if (args.length > 0) throw new SallyportError("invalid_argument", `'${source.name}' is a library, which gets no arguments`, { plugin: source.name, path: "args", help: "Say it in `config`, which arrives in the host's hello." });
  return explaining(source.name, () => {
    assertLibraryFile(source.entry);
    return placeOfKoffi();
  });
}

/** A refusal in the words of the kernel. */
export function explaining<T>(plugin: string, run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    throw thrown instanceof Refused ? asError(thrown.refusal, plugin) : thrown;
  }
}
