import { SallyportError, type Codec } from "@sallyport/bus";
import { childEnvironment, createChildren, withMeasuring } from "@sallyport/child";
import type { Adapter, PluginSource, Traits } from "@sallyport/kernel";
import { readPlugin, type Reads } from "@sallyport/manifest";
import { createSandbox, type SandboxOptions } from "@sallyport/sandbox";
import { argvOf } from "./argv.js";
import { ownFiles } from "./own-files.js";

export interface StdioOptions {
  /** Codecs that a plugin may choose in its handshake line. Default: json and msgpack. */
  readonly codecs?: readonly Codec[];
  /** How the profiles of `sandbox` are made here. */
  readonly sandbox?: SandboxOptions;
  /**
   * Wraps a command line in a launcher of your own instead: nothing of `sandbox` is applied then, and a plugin that asks for a
   * profile by name is refused. It must start the program with the same three pipes. Throw to refuse a plugin.
   */
  readonly launcher?: (argv: readonly string[], source: PluginSource) => readonly string[];
}

const READS: Reads = { mode: "stdio", kinds: ["executable"] };

const TRAITS: Traits = {
  memory: "separate",
  crash: "contained",
  stop: "preemptive",
  authority: "ambient",
  copies: true,
  stops: "Crashes, hangs and malformed messages; under profile `strict` also what a native program does to files, network and other processes. Without it no security boundary: it runs with the user's own rights.",
  costs: "A process per plugin, and encoding and a pipe per message.",
};

/** Any executable as a plugin, over anonymous pipes. */
export function stdio(options: StdioOptions = {}): Adapter {
  const children = createChildren();
  const sandbox = createSandbox(options.sandbox);
  return {
    mode: "stdio",
    traits: TRAITS,
    entries: READS.kinds,
    trust: "untrusted",
    inspect: (spec, signal) => readPlugin(spec, signal, READS),
    async open(request, host, signal) {
      const { source, args, limits, permissions } = request;
      const argv = argvOf(source, args);
      const talk = { ...(options.codecs && { codecs: options.codecs }), limits, host, signal };
      if (options.launcher !== undefined) {
        if (request.sandbox === "strict" || request.sandbox === "limits") throw unknownStrength(source.name, request.sandbox);
        return children.spawn({ argv: options.launcher(argv, source), cwd: source.root, env: childEnvironment(), ...talk });
      }
      const confined = await sandbox.confine({ plugin: source.name, argv, cwd: source.root, env: childEnvironment(), own: ownFiles(source), limits, permissions, choice: request.sandbox, signal });
      const { profile, by } = confined.confinement;
      if (request.sandbox === "auto" && profile !== "strict") host.log("warn", `this machine confines '${source.name}' by profile '${profile}' only (${by}); \`sallyport doctor\` says what is missing`);
      try {
        const boundary = await children.spawn({ ...confined, ...talk });
        void boundary.exited.then(confined.release);
        return boundary;
      } catch (error) {
        await confined.release();
        throw error;
      }
    },
    enforcement: async (signal) => withMeasuring(await sandbox.enforcement(signal)),
    async [Symbol.asyncDispose]() {
      await children[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
    },
  };
}

function unknownStrength(plugin: string, profile: string): SallyportError {
  return new SallyportError("sandbox_unavailable", `'${plugin}' wants profile '${profile}', and this host starts programs by a launcher of its own, whose strength nobody has told`, {
    plugin, path: "sandbox", help: "Leave out `launcher` of stdio(), or ask for sandbox 'auto' or 'none'.",
  });
}
