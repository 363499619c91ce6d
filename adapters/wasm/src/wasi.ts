import { basename } from "node:path";
import { jsonCodec, msgpackCodec } from "@sallyport/bus";
import { createCells, encodePrelude } from "@sallyport/cell";
import type { Adapter, Enforcement, Permissions, PluginSource, Traits } from "@sallyport/kernel";
import { readPlugin, type Reads } from "@sallyport/manifest";
import type { Head, Preopen } from "./cell/head.js";
import { isAskedFor, isMeantFor, kindOf } from "./meant.js";
import { admit, memoryBytes, outlined, withOwnMaximum } from "./module/admit.js";
import { readModule } from "./module/read.js";
import { COMMAND, REACTOR } from "./module/wasi.js";
import type { WasmOptions } from "./options.js";
import { isInside, preopensOf } from "./preopens.js";
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

/** What a program has no function to ask for. */
const KEPT: Enforcement["guards"] = { processes: "no function of WASI's", diskMb: "no folder but what is granted", timers: "one wait at a time" };

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
      if (settingsOf(source).preopens === undefined && isAskedFor(READS.mode, spec, source)) cells.expect(spec, source);
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
      return refusals.of(await cells.open(request, { prelude: encodePrelude(head, module), codecs: [jsonCodec, msgpackCodec], ...opened(preopens, source.root) }, refusals.host, signal));
    },
    async enforcement(signal) {
      const system = await cells.enforcement(signal);
      return { ...system, guards: { ...system.guards, ...KEPT, memoryMb: withOwnMaximum(system.guards.memoryMb) } };
    },
    [Symbol.asyncDispose]: () => cells[Symbol.asyncDispose](),
  };
}

function settingsOf({ manifest }: PluginSource): WasiSettings {
  return (manifest?.modes?.[READS.mode] ?? {}) as WasiSettings;
}

/** What the system opens to the cell: its own folders whatever the machine can keep, others as a permission that has to be kept. */
function opened(preopens: readonly Preopen[], root: string): { own: readonly string[]; permissions: Permissions } {
  const mine = ({ path, writable }: Preopen): boolean => !writable && isInside(root, path);
  const paths = (which: (preopen: Preopen) => boolean): readonly string[] => [...new Set(preopens.filter(which).map(({ path }) => path))];
  return { own: paths(mine), permissions: { read: paths((each) => !each.writable && !mine(each)), write: paths(({ writable }) => writable) } };
}
