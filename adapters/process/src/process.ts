import { recordCodec } from "@sallyport/bus";
import { createChildren } from "@sallyport/child";
import { createBundler, preludeFor } from "@sallyport/guest";
import type { Adapter, HostEnd, PluginSpec, Traits } from "@sallyport/kernel";
import { readPlugin } from "@sallyport/manifest";
import { createSandbox, type SandboxOptions } from "@sallyport/sandbox";
import { startCell, withHardening, type Cell } from "./cell.js";
import { expectedLimits } from "./expected-limits.js";
import { withAuthorsPositions } from "./positions.js";
import { createSpares, type Spares } from "./spares.js";

export interface ProcessOptions {
  /** Processes kept ready, locked down and waiting. Default 1; each holds the memory of an idle Node. */
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
  stops: "Everything but its context: hardened JavaScript without files, network or environment, in a process that can exhaust its heap or hang alone.",
  costs: "A Node process per plugin, one started ahead; encoding and a pipe per message.",
};

/**
 * A guest is kept in by its hardening, and the system is a second wall: the one that costs a start the least. As a guest
 * starts no process, the launcher forbids that too, and then leaves nothing that bubblewrap would add but a folder's size.
 */
const CHEAPEST_FIRST = ["landlock", "bubblewrap", "seatbelt"] as const;

/** After a plugin's hello, ms: the next spare must not slow down what the plugin was started for. */
const REFILL_MS = 100;

/** JavaScript and TypeScript that nobody has reviewed: the hardened guest in a child process. */
export function process({ spares: count = 1, ...options }: ProcessOptions = {}): Adapter {
  const bundler = createBundler();
  const children = createChildren();
  const sandbox = createSandbox({ by: CHEAPEST_FIRST, ...options.sandbox });
  const spares = createSpares({ count, start: (cell) => startCell(sandbox, "a spare guest", cell, new AbortController().signal) });
  return {
    mode: "process",
    traits: TRAITS,
    entries: ["module"],
    trust: "untrusted",
    async inspect(spec, signal) {
      const source = await readPlugin(spec, signal);
      if (source?.kind !== "module") return undefined;
      // A process gets ready while the module is bundled.
      if (mayRunHere(spec)) spares.keep({ limits: expectedLimits(spec, source), choice: spec.sandbox ?? "auto" });
      return source;
    },
    async open({ source, args, limits, sandbox: choice, debug }, host, signal) {
      const prepared = await bundler.prepare(source, { signal });
      signal.throwIfAborted();
      const cell: Cell = { limits, choice };
      const { started, confinement } = spares.take(cell) ?? (await startCell(sandbox, source.name, cell, signal));
      if (choice === "auto" && confinement.profile !== "strict") host.log("debug", `the process of '${source.name}' is confined by profile '${confinement.profile}' (${confinement.by}) beside its hardening`);
      return children.open(started, {
        codecs: [recordCodec],
        limits,
        host: withAuthorsPositions(refilling(host, spares, cell), prepared.mapError, debug),
        prelude: preludeFor(prepared, { name: source.name, version: source.manifest?.version ?? "0.0.0", args, stack: true, maxTimers: limits.timers }),
        confinement,
        signal,
      });
    },
    enforcement: async (signal) => withHardening(await sandbox.enforcement(signal, true)),
    async [Symbol.asyncDispose]() {
      await Promise.all([children[Symbol.asyncDispose](), spares[Symbol.asyncDispose]()]);
    },
  };
}

/** The kernel gives a plugin that names no mode to this one unless it is trusted more. */
function mayRunHere({ mode, trust }: PluginSpec): boolean {
  return mode === "process" || (mode === undefined && (trust ?? "untrusted") === "untrusted");
}

function refilling(host: HostEnd, spares: Spares, cell: Cell): HostEnd {
  return {
    receive(frame) {
      if (frame.t === "hello") setTimeout(() => spares.keep(cell), REFILL_MS).unref();
      host.receive(frame);
    },
    log: (level, text) => host.log(level, text),
    limited: (limit, used, times) => host.limited?.(limit, used, times),
    drained: () => host.drained(),
  };
}
