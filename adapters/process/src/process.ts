import { execPath } from "node:process";
import { parse } from "node:path";
import { recordCodec } from "@sallyport/bus";
import { createChildren, startChild, type Command } from "@sallyport/child";
import { childCommand, createBundler, preludeFor } from "@sallyport/guest";
import type { Adapter, HostEnd, PluginSpec, Traits } from "@sallyport/kernel";
import { readPlugin } from "@sallyport/manifest";
import { guestEnvironment } from "./environment.js";
import { heapMb } from "./heap.js";
import { withAuthorsPositions } from "./positions.js";
import { createSpares, type Spares } from "./spares.js";

export interface ProcessOptions {
  /** Processes kept ready, locked down and waiting. Default 1; each holds the memory of an idle Node. */
  readonly spares?: number;
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

/** After a plugin's hello, ms: the next spare must not slow down what the plugin was started for. */
const REFILL_MS = 100;

/** JavaScript and TypeScript that nobody has reviewed: the hardened guest in a child process. */
export function process({ spares: count = 1 }: ProcessOptions = {}): Adapter {
  const bundler = createBundler();
  const children = createChildren();
  const spares = createSpares({ count, start: (memoryMb) => startChild(guestCommand(memoryMb), new AbortController().signal) });
  return {
    mode: "process",
    traits: TRAITS,
    entries: ["module"],
    trust: "untrusted",
    async inspect(spec, signal) {
      const source = await readPlugin(spec, signal);
      if (source?.kind !== "module") return undefined;
      // A process gets ready while the module is bundled.
      if (mayRunHere(spec)) spares.keep(heapMb(spec, source));
      return source;
    },
    async open({ source, args, limits, debug }, host, signal) {
      const prepared = await bundler.prepare(source, { signal });
      signal.throwIfAborted();
      const talk = {
        codecs: [recordCodec],
        limits,
        host: withAuthorsPositions(refilling(host, spares, limits.memoryMb), prepared.mapError, debug),
        prelude: preludeFor(prepared, { name: source.name, version: source.manifest?.version ?? "0.0.0", args, stack: true, maxTimers: limits.timers }),
        signal,
      };
      const spare = spares.take(limits.memoryMb);
      return spare === undefined ? children.spawn({ ...guestCommand(limits.memoryMb), ...talk }) : children.open(spare, talk);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([children[Symbol.asyncDispose](), spares[Symbol.asyncDispose]()]);
    },
  };
}

function guestCommand(memoryMb: number): Command {
  const { argv, env } = childCommand({ memoryMb });
  // A guest has no files, so its folder means nothing to it: one that always exists, and that no plugin's removal needs.
  return { argv, cwd: parse(execPath).root, env: { ...env, ...guestEnvironment() } };
}

/** The kernel gives a plugin that names no mode to this one unless it is trusted more. */
function mayRunHere({ mode, trust }: PluginSpec): boolean {
  return mode === "process" || (mode === undefined && (trust ?? "untrusted") === "untrusted");
}

function refilling(host: HostEnd, spares: Spares, memoryMb: number): HostEnd {
  return {
    receive(frame) {
      if (frame.t === "hello") setTimeout(() => spares.keep(memoryMb), REFILL_MS).unref();
      host.receive(frame);
    },
    log: (level, text) => host.log(level, text),
    limited: (limit, used, times) => host.limited?.(limit, used, times),
    drained: () => host.drained(),
  };
}
