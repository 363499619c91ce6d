import { createCells } from "@sallyport/cell";
import { createBundler, guestProgram, preludeFor } from "@sallyport/guest";
import type { Adapter, Enforcement, PluginSpec, Traits } from "@sallyport/kernel";
import { readPlugin, type Reads } from "@sallyport/manifest";
import type { SandboxOptions } from "@sallyport/sandbox";
import { withAuthorsPositions } from "./positions.js";

export interface ProcessOptions {
  /** Processes kept ready, locked down and waiting. Default 1; each holds the memory of an idle Node. */
  readonly spares?: number;
  /** How the profiles of `sandbox` are made here. */
  readonly sandbox?: SandboxOptions;
}

const READS: Reads = { mode: "process", kinds: ["module"] };

const TRAITS: Traits = {
  memory: "separate",
  crash: "contained",
  stop: "preemptive",
  authority: "granted",
  copies: true,
  stops: "Everything but its context: hardened JavaScript without files, network or environment, in a process that can exhaust its heap or hang alone.",
  costs: "A Node process per plugin, one started ahead; encoding and a pipe per message.",
};

/** What a hardened guest has no way to ask for, whatever the system says to it. */
const HARDENED = "hardened JavaScript";
const UNREACHABLE: Enforcement["guards"] = { processes: HARDENED, descriptors: HARDENED, fileMb: HARDENED, diskMb: HARDENED, timers: "the guest's own clock" };

/** JavaScript and TypeScript that nobody has reviewed: the hardened guest in a child process. */
export function process(options: ProcessOptions = {}): Adapter {
  const bundler = createBundler();
  const cells = createCells({ ...options, program: guestProgram() });
  return {
    mode: "process",
    traits: TRAITS,
    entries: READS.kinds,
    trust: "untrusted",
    async inspect(spec, signal) {
      const source = await readPlugin(spec, signal, READS);
      // A process gets ready while the module is bundled.
      if (source !== undefined && mayRunHere(spec)) cells.expect(spec, source);
      return source;
    },
    async open(request, host, signal) {
      const { source, args, limits, debug } = request;
      const prepared = await bundler.prepare(source, { signal });
      signal.throwIfAborted();
      const prelude = preludeFor(prepared, { name: source.name, version: source.manifest?.version ?? "0.0.0", args, stack: true, maxTimers: limits.timers });
      // Whatever the plugin is permitted, a hardened guest has no way to use it.
      return cells.open(request, { prelude }, withAuthorsPositions(host, prepared.mapError, debug), signal);
    },
    async enforcement(signal) {
      const system = await cells.enforcement(signal);
      return { ...system, guards: { ...system.guards, ...UNREACHABLE } };
    },
    [Symbol.asyncDispose]: () => cells[Symbol.asyncDispose](),
  };
}

/** The kernel gives a plugin that names no mode to this one unless it is trusted more. */
function mayRunHere({ mode, trust }: PluginSpec): boolean {
  return mode === "process" || (mode === undefined && (trust ?? "untrusted") === "untrusted");
}
