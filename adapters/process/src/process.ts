import { msgpackCodec } from "@sallyport/bus";
import { createChildren } from "@sallyport/child";
import { childCommand, createBundler, preludeFor } from "@sallyport/guest";
import type { Adapter, Traits } from "@sallyport/kernel";
import { readPlugin } from "@sallyport/manifest";
import { guestEnvironment } from "./environment.js";
import { withAuthorsPositions } from "./positions.js";

const TRAITS: Traits = {
  memory: "separate",
  crash: "contained",
  stop: "preemptive",
  authority: "granted",
  copies: true,
  stops: "Everything but its context: hardened JavaScript without files, network or environment, in a process that can exhaust its heap or hang alone.",
  costs: "A Node process per plugin, and encoding and a pipe per message.",
};

/** JavaScript and TypeScript that nobody has reviewed: the hardened guest in a child process. */
export function process(): Adapter {
  const bundler = createBundler();
  const children = createChildren();
  return {
    mode: "process",
    traits: TRAITS,
    entries: ["module"],
    trust: "untrusted",
    async inspect(spec, signal) {
      const source = await readPlugin(spec, signal);
      return source?.kind === "module" ? source : undefined;
    },
    async open({ source, args, limits, debug }, host, signal) {
      const prepared = await bundler.prepare(source, { signal });
      signal.throwIfAborted();
      const { argv, env } = childCommand(limits);
      return children.spawn({
        argv,
        cwd: source.root,
        env: { ...env, ...guestEnvironment() },
        codecs: [msgpackCodec],
        limits,
        host: withAuthorsPositions(host, prepared.mapError, debug),
        prelude: preludeFor(prepared, { name: source.name, version: source.manifest?.version ?? "0.0.0", args, stack: true }),
        signal,
      });
    },
    [Symbol.asyncDispose]: () => children[Symbol.asyncDispose](),
  };
}
