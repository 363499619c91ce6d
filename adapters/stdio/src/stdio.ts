import type { Codec } from "@sallyport/bus";
import { childEnvironment, createChildren } from "@sallyport/child";
import type { Adapter, PluginSource, Traits } from "@sallyport/kernel";
import { readPlugin } from "@sallyport/manifest";
import { argvOf } from "./argv.js";

export interface StdioOptions {
  /** Codecs that a plugin may choose in its handshake line. Default: json and msgpack. */
  readonly codecs?: readonly Codec[];
  /**
   * Wraps a command line in a launcher, for example bubblewrap with the limits of your choice. It must start
   * the program with the same three pipes. Throw to refuse a plugin that this machine cannot confine.
   */
  readonly launcher?: (argv: readonly string[], source: PluginSource) => readonly string[];
}

const TRAITS: Traits = {
  memory: "separate",
  crash: "contained",
  stop: "preemptive",
  authority: "ambient",
  copies: true,
  stops: "Crashes, hangs and malformed messages; not a security boundary without a system sandbox, because a native program runs with the user's own rights.",
  costs: "A process per plugin, and encoding and a pipe per message.",
};

/** Any executable as a plugin, over anonymous pipes. */
export function stdio(options: StdioOptions = {}): Adapter {
  const children = createChildren();
  return {
    mode: "stdio",
    traits: TRAITS,
    entries: ["executable"],
    trust: "untrusted",
    async inspect(spec, signal) {
      const source = await readPlugin(spec, signal);
      return source?.kind === "executable" ? source : undefined;
    },
    async open({ source, args, limits }, host, signal) {
      const argv = argvOf(source, args);
      return children.spawn({
        argv: options.launcher?.(argv, source) ?? argv,
        cwd: source.root,
        env: childEnvironment(),
        ...(options.codecs && { codecs: options.codecs }),
        limits,
        host,
        signal,
      });
    },
    [Symbol.asyncDispose]: () => children[Symbol.asyncDispose](),
  };
}
