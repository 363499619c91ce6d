import { basename } from "node:path";
import { jsonCodec, msgpackCodec } from "@sallyport/bus";
import { createCells, encodePrelude } from "@sallyport/cell";
import type { Adapter, PluginSource, Traits } from "@sallyport/kernel";
import { readPlugin, type Reads } from "@sallyport/manifest";
import type { Head, Preopen } from "./cell/head.js";
import { isMeantFor, kindOf } from "./meant.js";
import { admit, memoryBytes, outlined } from "./module/admit.js";
import { readModule } from "./module/read.js";
import { COMMAND, REACTOR } from "./module/wasi.js";
import type { WasmOptions } from "./options.js";
import { preopensOf } from "./preopens.js";
import { wasmProgram } from "./program.js";
import { listenForRefusals } from "./refusals.js";
import { checkWasiSettings, type WasiSettings } from "./settings.js";

const READS: Reads = { mode: "wasi", kinds: ["wasm"], settings: checkWasiSettings };

const TRAITS: Traits = {
  memory: "separate",
  crash: "contained",
  stop: "preemptive",
  authority: "granted",
  copies: true,
  stops: "Everything but its pipes and the folders, variables and clocks that manifest and config open to it: a WASI program, in a process that can exhaust its memory or hang alone.",
  costs: "A Node process per plugin, one started ahead for those without folders, and the program compiled in it; a pipe and two copies per message.",
};

/** Programs compiled to WASI preview 1 that speak the protocol over stdin and stdout, as native ones do. */
export function wasi(options: WasmOptions = {}): Adapter {
  const cells = createCells({ ...options, program: wasmProgram("WASI functions of our own, with nothing open but what is granted", true) });
  return {
    mode: READS.mode,
    traits: TRAITS,
    entries: READS.kinds,
    trust: "untrusted",
    async inspect(spec, signal) {
      const source = await readPlugin(spec, signal, READS);
      if (source === undefined || !(await isMeantFor("program", spec, source, signal))) return undefined;
      // A cell with folders of its own is started for it.
      if (settingsOf(source).preopens === undefined && ((spec.trust ?? "untrusted") === "untrusted" || spec.mode === READS.mode)) cells.expect(spec, source);
      return source;
    },
    async open(request, host, signal) {
      const { source, args, limits, permissions } = request;
      const { env = {}, preopens: wanted, clock = {}, stdin = "blocking" } = settingsOf(source);
      const bytes = await readModule(source.entry, signal);
      const runs = kindOf(outlined(source.entry, bytes)) === "reactor" ? "reactor" : "command";
      const module = admit(source.entry, bytes, runs === "reactor" ? REACTOR : COMMAND, limits);
      const preopens = preopensOf(source, wanted, permissions);
      const head: Head = {
        mostBytes: memoryBytes(limits),
        wasi: {
          runs, preopens, stdin, args: [basename(source.entry), ...args],
          env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
          monotonic: clock.monotonic ?? "coarse", realtime: clock.realtime ?? "none",
        },
      };
      const refusals = listenForRefusals(host, source);
      return refusals.of(await cells.open(request, { prelude: encodePrelude(head, module), codecs: [jsonCodec, msgpackCodec], permissions: { read: paths(preopens, false), write: paths(preopens, true) } }, refusals.host, signal));
    },
    enforcement: (signal) => cells.enforcement(signal),
    [Symbol.asyncDispose]: () => cells[Symbol.asyncDispose](),
  };
}

function settingsOf({ manifest }: PluginSource): WasiSettings {
  return (manifest?.modes?.[READS.mode] ?? {}) as WasiSettings;
}

function paths(preopens: readonly Preopen[], writable: boolean): readonly string[] {
  return [...new Set(preopens.filter((each) => each.writable === writable).map(({ path }) => path))];
}
