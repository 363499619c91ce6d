import { jsonCodec, msgpackCodec, SallyportError } from "@sallyport/bus";
import { createCells, encodePrelude } from "@sallyport/cell";
import type { Adapter, Enforcement, Traits } from "@sallyport/kernel";
import { readPlugin, type Reads } from "@sallyport/manifest";
import type { Head } from "./cell/head.js";
import { MODULE } from "./module/abi.js";
import { admit, memoryBytes, withOwnMaximum } from "./module/admit.js";
import { readModule } from "./module/read.js";
import { isAskedFor, isMeantFor } from "./meant.js";
import type { WasmOptions } from "./options.js";
import { wasmProgram } from "./program.js";
import { listenForRefusals } from "./refusals.js";
import { checkWasmSettings } from "./settings.js";

const READS: Reads = { mode: "wasm", kinds: ["wasm"], settings: checkWasmSettings };

const TRAITS: Traits = {
  memory: "separate",
  crash: "contained",
  stop: "preemptive",
  authority: "granted",
  copies: true,
  stops: "Everything but messages: a WebAssembly module has four functions to call and its own memory, in a process that can exhaust it or hang alone.",
  costs: "A Node process per plugin, one started ahead, and the module compiled in it; a pipe and a copy per message.",
};

/** What a module has no function to ask for. */
const NOTHING = "no such function";
const UNREACHABLE: Enforcement["guards"] = { processes: NOTHING, descriptors: NOTHING, fileMb: NOTHING, diskMb: NOTHING, timers: "one timer" };

/** Core WebAssembly modules that speak the guest ABI of ABI.md, in any language that compiles to one. */
export function wasm(options: WasmOptions = {}): Adapter {
  const cells = createCells({ ...options, program: wasmProgram("a WebAssembly instance that can send and log") });
  return {
    mode: READS.mode,
    traits: TRAITS,
    entries: READS.kinds,
    trust: "untrusted",
    async inspect(spec, signal) {
      const source = await readPlugin(spec, signal, READS);
      if (source === undefined || !(await isMeantFor("module", spec, source, signal))) return undefined;
      if (isAskedFor(READS.mode, spec, source)) cells.expect(spec, source);
      return source;
    },
    async open(request, host, signal) {
      const { source, args, limits } = request;
      if (args.length > 0) throw new SallyportError("invalid_argument", `'${source.name}' is given arguments, and a module has none in mode wasm`, { plugin: source.name, path: "args", help: "Put them into its config, which it finds in the host's hello." });
      const module = admit(source.entry, await readModule(source.entry, signal), MODULE, limits);
      const head: Head = { mostBytes: memoryBytes(limits) };
      const refusals = listenForRefusals(host, source);
      return refusals.of(await cells.open(request, { prelude: encodePrelude(head, module), codecs: [jsonCodec, msgpackCodec] }, refusals.host, signal));
    },
    async enforcement(signal) {
      const system = await cells.enforcement(signal);
      return { ...system, guards: { ...system.guards, ...UNREACHABLE, memoryMb: withOwnMaximum(system.guards.memoryMb) } };
    },
    [Symbol.asyncDispose]: () => cells[Symbol.asyncDispose](),
  };
}
