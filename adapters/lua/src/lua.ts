import { fileURLToPath } from "node:url";
import { createCells, encodePrelude, type CellProgram } from "@sallyport/cell";
import type { Limits } from "@sallyport/bus";
import type { Adapter, Enforcement, PluginSpec, Traits } from "@sallyport/kernel";
import { assertOwnFile, readPlugin, type Reads } from "@sallyport/manifest";
import type { SandboxOptions } from "@sallyport/sandbox";
import { readFiles } from "./files.js";
import { keepFresh } from "./fresh.js";
import type { Head } from "./head.js";
import { instructionsOf, settingsCheck, USUAL_INSTRUCTIONS } from "./settings.js";

export interface LuaOptions {
  /** The most instructions that one call may run. Default 100 million, some seconds; a manifest may ask for less. */
  readonly instructions?: number;
  /** Run a file that changed from the next call on. Default true. */
  readonly reload?: boolean;
  /** Processes kept ready and waiting. Default 1. */
  readonly spares?: number;
  /** How the profiles of `sandbox` are made here. */
  readonly sandbox?: SandboxOptions;
}

const TRAITS: Traits = {
  memory: "separate",
  crash: "contained",
  stop: "preemptive",
  authority: "granted",
  copies: true,
  stops: "Everything but its context: Lua 5.4 in WebAssembly with an allow-list of its libraries and bounds on instructions and memory, in a process of its own.",
  costs: "A Node process per plugin, one started ahead; encoding, a pipe and a copy into Lua per message; a look at the files per call.",
};

/** What the interpreter may hold of `memoryMb`; the rest is Node's and the frames', who need so much at least. */
const LUA_SHARE = 0.75;
const NODE_MB = 48;
/** The interpreter begins with so much. */
const LEAST_MB = 16;
/** What the build's memory can grow to. */
const MOST_MB = 2048;
/** A frame's own levels around a payload. */
const ENVELOPE_LEVELS = 2;

const NO_LIBRARY = "no library for it";
const UNREACHABLE: Enforcement["guards"] = { processes: NO_LIBRARY, descriptors: NO_LIBRARY, fileMb: NO_LIBRARY, diskMb: NO_LIBRARY };

/** Lua 5.4 scripts, which run as they are edited. */
export function lua(options: LuaOptions = {}): Adapter {
  const { instructions = USUAL_INSTRUCTIONS, reload = true, ...cellOptions } = options;
  const reads: Reads = { mode: "lua", kinds: ["lua"], settings: settingsCheck() };
  const program: CellProgram = { file: fileURLToPath(new URL("lua.cjs", import.meta.url)), keeps: "Lua in WebAssembly, without libraries for files, network or processes" };
  const cells = createCells({ ...cellOptions, program });
  return {
    mode: "lua",
    traits: TRAITS,
    entries: reads.kinds,
    trust: "untrusted",
    async inspect(spec, signal) {
      const source = await readPlugin(spec, signal, reads);
      if (source !== undefined && mayRunHere(spec)) cells.expect(spec, source);
      return source;
    },
    async open(request, host, signal) {
      const { source, args, limits, debug } = request;
      const files = readFiles(source);
      await Promise.all(files.paths.map(assertOwnFile));
      const head: Head = {
        name: source.name, version: source.manifest?.version ?? "0.0.0", args, stack: debug, main: files.main,
        instructions: instructionsOf(source, instructions), memoryBytes: luaBytes(limits),
        bounds: { items: limits.frameItems, depth: Math.max(limits.frameDepth - ENVELOPE_LEVELS, 1), bytes: limits.frameBytes },
      };
      const prelude = encodePrelude(head, new TextEncoder().encode(JSON.stringify(files.sources)));
      const boundary = await cells.open(request, { prelude }, host, signal);
      return reload ? keepFresh(boundary, source, files, host) : boundary;
    },
    async enforcement(signal) {
      const system = await cells.enforcement(signal);
      return { ...system, guards: { ...system.guards, ...UNREACHABLE } };
    },
    [Symbol.asyncDispose]: () => cells[Symbol.asyncDispose](),
  };
}

function luaBytes({ memoryMb }: Limits): number {
  const mb = Math.max(LEAST_MB, Math.min(memoryMb - NODE_MB, Math.floor(memoryMb * LUA_SHARE), MOST_MB));
  return mb * 2 ** 20;
}

/** No other mode runs a script. */
function mayRunHere({ mode }: PluginSpec): boolean {
  return mode === "lua" || mode === undefined;
}
