import { SallyportError } from "@sallyport/bus";
import { withMeasuring } from "@sallyport/child";
import type { Adapter, Boundary, HostEnd, OpenRequest, PluginSource, PluginSpec, Traits } from "@sallyport/kernel";
import { readPlugin, type Reads } from "@sallyport/manifest";
import { createSandbox, type Sandbox, type SandboxOptions } from "@sallyport/sandbox";
import { withoutDisk } from "./guards.js";
import { createLive } from "./live.js";
import { chooseMethods, type Chosen } from "./methods.js";
import { readProtoFiles } from "./proto/files.js";
import { settingsOf, type ServiceSettings } from "./settings.js";

export interface GrpcOptions {
  /** How the profiles of `sandbox` are made here. */
  readonly sandbox?: SandboxOptions;
}

/** One start, with what the manifest says of the mode and the methods that its proto files offer. */
export interface Opening<Settings> {
  readonly settings: Settings;
  readonly chosen: Chosen;
  readonly request: OpenRequest;
  readonly host: HostEnd;
  readonly sandbox: Sandbox;
  readonly signal: AbortSignal;
}

/** A mode whose plugins are gRPC services: `open` is where two of them differ. */
export function serviceAdapter<Settings extends ServiceSettings>(reads: Reads, traits: Traits, options: GrpcOptions, open: (opening: Opening<Settings>) => Promise<Boundary>): Adapter {
  const sandbox = createSandbox(options.sandbox);
  const live = createLive();
  return {
    mode: reads.mode,
    traits,
    entries: reads.kinds,
    trust: "untrusted",
    inspect: (spec, signal) => inspect(spec, signal, reads),
    open: (request, host, signal) => live.add(async () => {
      const { source } = request;
      const settings = settingsOf<Settings>(source, reads.mode);
      const chosen = chooseMethods(source.name, await readProtoFiles(source.name, source.root, settings.proto, signal), settings);
      return open({ settings, chosen, request, host, sandbox, signal });
    }),
    enforcement: async (signal) => withMeasuring(withoutDisk(await sandbox.enforcement(signal))),
    [Symbol.asyncDispose]: () => live[Symbol.asyncDispose](),
  };
}

/** As the manifest says; a mode's settings have to be there, and something to reach. */
async function inspect(spec: PluginSpec, signal: AbortSignal, reads: Reads): Promise<PluginSource | undefined> {
  const source = await readPlugin(spec, signal, reads);
  if (source === undefined) return undefined;
  const settings = settingsOf<ServiceSettings & { readonly address?: unknown; readonly reattach?: unknown }>(source, reads.mode);
  if (source.manifest?.entry === undefined && settings.address === undefined && settings.reattach === undefined) {
    throw new SallyportError("invalid_argument", `'${source.name}' says what it serves in mode '${reads.mode}', and not who serves it`, { plugin: source.name, path: "entry", help: `Name a program: "entry": { "${reads.mode}": "..." }; or where one runs already.` });
  }
  return source;
}
