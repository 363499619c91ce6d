import { SallyportError } from "@sallyport/bus";
import type { Adapter, Boundary, Traits } from "@sallyport/kernel";
import { readPlugin } from "@sallyport/manifest";
import { checkRequest, explaining } from "../check.js";
import { READS, settingsOf } from "../reads.js";
import { createInHostBoundary } from "./boundary.js";
import { createShelf } from "./shelf.js";

const MODE = "ffi-unsafe";

const TRAITS: Traits = {
  memory: "shared",
  crash: "fatal",
  stop: "cooperative",
  authority: "ambient",
  copies: true,
  stops: "Nothing: the library is part of the host's process. Only its frames are checked.",
  costs: "Encoding, and two microseconds of calls into the library, on the host's own thread.",
};

/** Shared libraries in the host's own process: only where the host's config says so, in so many words. */
export function inHost(): Adapter {
  const open = new Set<Boundary>();
  const shelf = createShelf();
  return {
    mode: MODE,
    traits: TRAITS,
    entries: READS.kinds,
    trust: "trusted",
    async inspect(spec, signal) {
      // A manifest cannot ask for it, and no trust alone leads here.
      if (spec.mode !== MODE) return undefined;
      if (spec.trust !== "trusted") {
        throw new SallyportError("invalid_argument", `mode ${MODE} loads '${spec.name ?? spec.path}' into the host's own process, and its trust is '${spec.trust ?? "untrusted"}'`, { path: "trust", help: `Write "trust": "trusted" beside "mode": "${MODE}" if it is as trusted as the host itself; mode ffi gives it a process of its own.` });
      }
      return readPlugin({ ...spec, mode: READS.mode }, signal, READS);
    },
    async open(request, host, signal) {
      const { source, limits } = request;
      signal.throwIfAborted();
      if (request.sandbox === "strict" || request.sandbox === "limits") {
        throw new SallyportError("sandbox_unavailable", `'${source.name}' wants profile '${request.sandbox}', and mode ${MODE} confines nothing`, { plugin: source.name, path: "sandbox", help: "Use mode ffi, which gives the library a process of its own." });
      }
      const koffi = checkRequest(request);
      const copy = explaining(source.name, () => shelf.take({ koffi: koffi.file, file: source.entry, frameBytes: limits.frameBytes, fingerprint: settingsOf(source).fingerprint }, source.name));
      try {
        const boundary = createInHostBoundary(copy.library, request, host);
        open.add(boundary);
        void boundary.exited.then(() => {
          open.delete(boundary);
          copy.giveBack();
        });
        return boundary;
      } catch (thrown) {
        copy.giveBack();
        throw thrown;
      }
    },
    enforcement: async () => ({ profile: "none", by: "nothing", guards: {}, remedies: [{ guards: ["files", "network", "peers"], help: "Use mode ffi: a library of mode ffi-unsafe is part of the host." }] }),
    async [Symbol.asyncDispose]() {
      await Promise.all([...open].map((boundary) => boundary.kill()));
    },
  };
}
