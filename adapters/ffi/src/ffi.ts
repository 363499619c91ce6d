import { fileURLToPath } from "node:url";
import { jsonCodec, msgpackCodec } from "@sallyport/bus";
import { createCells, encodePrelude, type Cells } from "@sallyport/cell";
import type { Adapter, PluginSource, Traits } from "@sallyport/kernel";
import { readPlugin } from "@sallyport/manifest";
import type { SandboxOptions } from "@sallyport/sandbox";
import type { Head } from "./cell/head.js";
import { checkRequest } from "./check.js";
import { inHost } from "./in-host/in-host.js";
import { placeOfKoffi, type KoffiPlace } from "./native/place.js";
import { READS, settingsOf } from "./reads.js";
import { listenForReasons } from "./reasons.js";
import { Refused } from "./refusal.js";

export interface FfiOptions {
  /**
   * Mode `ffi-unsafe` instead of `ffi`: the library is loaded into the host's own process, where every fault of it is one of
   * the host. For code that is a part of the host in all but its language. Default false.
   */
  readonly inHost?: boolean;
  /** How the profiles of `sandbox` are made here. */
  readonly sandbox?: SandboxOptions;
}

const TRAITS: Traits = {
  memory: "separate",
  crash: "contained",
  stop: "preemptive",
  authority: "ambient",
  copies: true,
  stops: "For trusted code only. A crash, a hang or a wild pointer ends a process of the library's own, and is an error; under profile `strict` it is kept from files, network and other processes like a program. Without it no security boundary.",
  costs: "A Node process per plugin, none ahead; a pipe per message and two microseconds of calls into the library.",
};

const PROGRAM = fileURLToPath(new URL("ffi-cell.cjs", import.meta.url));

/** Shared libraries of the guest ABI, each in a process of its own. */
export function ffi({ inHost: unsafe = false, sandbox }: FfiOptions = {}): Adapter {
  return unsafe ? inHost() : inCell(sandbox);
}

function inCell(sandbox: SandboxOptions | undefined): Adapter {
  let cells: Cells | undefined;
  // A library may start threads and, where that is permitted, programs: the walls of mode stdio, in its order.
  const cellsWith = (koffi: KoffiPlace): Cells =>
    (cells ??= createCells({ program: { file: PROGRAM, reads: [koffi.folder], addons: true, company: true }, spares: 0, sandbox: { by: ["bubblewrap", "landlock", "seatbelt"], ...sandbox } }));
  return {
    mode: "ffi",
    traits: TRAITS,
    entries: READS.kinds,
    trust: "trusted",
    inspect: (spec, signal) => readPlugin(spec, signal, READS),
    async open(request, host, signal) {
      const { source, limits, permissions } = request;
      const koffi = checkRequest(request);
      const head: Head = { library: source.entry, koffi: koffi.file, frameBytes: limits.frameBytes, fingerprint: settingsOf(source).fingerprint };
      const reasons = listenForReasons(host, source);
      const occupant = { prelude: encodePrelude(head), codecs: [jsonCodec, msgpackCodec], permissions, own: ownFiles(source) };
      return reasons.of(await cellsWith(koffi).open(request, occupant, reasons.host, signal));
    },
    async enforcement(signal) {
      try {
        return await cellsWith(placeOfKoffi()).enforcement(signal);
      } catch (thrown) {
        if (!(thrown instanceof Refused)) throw thrown;
        return { profile: "none", by: `nothing runs: ${thrown.refusal.msg}`, guards: {}, remedies: [{ guards: ["files", "network", "peers"], help: thrown.refusal.help }] };
      }
    },
    async [Symbol.asyncDispose]() {
      await cells?.[Symbol.asyncDispose]();
    },
  };
}

/** A manifest makes a folder the plugin's own; a bare library has only itself, since what lies beside it may be the host's config. */
function ownFiles({ root, entry, manifest }: PluginSource): readonly string[] {
  return manifest === undefined ? [entry] : [root];
}
