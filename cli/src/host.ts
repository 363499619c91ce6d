import { fromErrorObject, SallyportError, toErrorObject } from "@sallyport/bus";
import { createKernel, type Adapter, type Choose, type Hooks, type HostMethod, type InterfaceOptions, type Kernel, type ProvideOptions, type SecretProvider } from "@sallyport/kernel";
import { shippedFigures } from "./advice/figures.js";
import { chooseBy } from "./advice/prefer.js";
import { namedConfig } from "./config/find.js";
import { checkConfig, readConfig } from "./config/read.js";
import type { HostConfig, LocatedSpec, ResolvedConfig } from "./config/types.js";
import { createSecrets } from "./secrets/create.js";
import type { AuditConfig } from "./audit/options.js";
import type { MetricsConfig } from "./metrics/options.js";
import { allModes, type InlinePlugins } from "./modes.js";
import { observe } from "./observe.js";

/** A host method, bare or with the options of `kernel.provide`. */
export type Provided = HostMethod | ({ readonly handler: HostMethod } & ProvideOptions);

export interface HostOptions {
  /** Host methods; they are there before any plugin starts. */
  readonly provide?: Readonly<Record<string, Provided>>;
  /** Modules for plugins of mode `inline`, imported by the program, by the name that the config gives them. */
  readonly inline?: InlinePlugins;
  /** Listeners; several hear the same. */
  readonly hooks?: Hooks | readonly Hooks[];
  /** In place of the config's; `false`: none. Relative paths start from the working directory. */
  readonly audit?: AuditConfig | false;
  readonly metrics?: MetricsConfig | false;
  /** Folder that the relative paths of a config object start from; default: the working directory. */
  readonly base?: string;
  /** Keep plugins' stacks in errors; default: the config's `debug`. */
  readonly debug?: boolean;
  /** Isolation modes beside those that are built in. */
  readonly adapters?: readonly Adapter[];
  /** Which mode suits a policy, in place of the figures that come with this package. */
  readonly choose?: Choose;
  /** Majors of interfaces and conversions between them; what the config says of the same one does not count. */
  readonly interfaces?: Readonly<Record<string, InterfaceOptions>>;
  /** Where secrets come from, in place of the config's `secrets`. */
  readonly secrets?: SecretProvider;
  /** Gives up the start. */
  readonly signal?: AbortSignal;
}

/**
 * Kernel, every isolation mode and the plugins of a config, in one line. Resolves once every eager plugin is
 * ready. If one cannot be loaded everything is closed again, and the error names the plugin and its line.
 * Throws `invalid_argument`, `not_found`, `permission_denied` and whatever `kernel.load` throws.
 */
export async function createHost(config: HostConfig | string, options: HostOptions = {}): Promise<Kernel> {
  const base = options.base ?? globalThis.process.cwd();
  const resolved = typeof config === "string" ? await readConfig(await namedConfig(config, base), options.signal) : checkConfig(config, base);
  return openHost(resolved, options);
}

/** As `createHost`, from a config that was checked before. */
export async function openHost(config: ResolvedConfig, options: HostOptions = {}): Promise<Kernel> {
  const kernel = emptyHost(config, options);
  const close = (): void => void kernel.close();
  options.signal?.addEventListener("abort", close, { once: true });
  try {
    await Promise.all(config.plugins.map((plugin) => loadPlugin(kernel, plugin, options)));
    options.signal?.throwIfAborted();
    return kernel;
  } catch (error) {
    await kernel.close();
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", close);
  }
}

/** The kernel with its modes and host methods, before any plugin. */
export function emptyHost(config: ResolvedConfig, options: HostOptions): Kernel {
  const { provide = {}, adapters = [] } = options;
  const debug = options.debug ?? config.debug;
  const secrets = options.secrets ?? (config.secrets && createSecrets(config.secrets, config.base ?? globalThis.process.cwd()));
  const observers = observe({
    hooks: options.hooks === undefined ? [] : [options.hooks].flat(),
    audit: (options.audit ?? config.audit) || undefined,
    metrics: (options.metrics ?? config.metrics) || undefined,
  });
  const kernel = observers.around(createKernel({
    adapters: [...allModes(options.inline), ...adapters],
    hooks: observers.hooks,
    choose: options.choose ?? chooseBy(once(shippedFigures)),
    interfaces: { ...Object.fromEntries(Object.entries(config.interfaces ?? {}).map(([name, current]) => [name, { current }])), ...options.interfaces },
    ...(config.timeoutMs !== undefined && { timeoutMs: config.timeoutMs }),
    ...(debug !== undefined && { debug }),
    ...(secrets && { secrets }),
    ...(config.secretGraceMs !== undefined && { secretGraceMs: config.secretGraceMs }),
  }));
  try {
    for (const [method, provided] of Object.entries(provide)) {
      const { handler, ...rest } = typeof provided === "function" ? { handler: provided } : provided;
      kernel.provide(method, handler, rest);
    }
    return kernel;
  } catch (error) {
    void kernel.close();
    throw error;
  }
}

/** The figures are read when a policy asks for them first, and not again. */
function once<T>(read: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => (known ??= { value: read() }).value;
}

/** Loads one plugin; the error says which, and where the config names it. */
export async function loadPlugin(kernel: Kernel, { spec, where }: LocatedSpec, options: HostOptions): Promise<void> {
  const name = spec.name ?? spec.path;
  try {
    await kernel.load(spec.mode === "inline" ? listed(name, spec, options.inline ?? {}) : spec);
  } catch (thrown) {
    const error = toErrorObject(thrown, { stack: options.debug === true });
    const msg = error.msg.startsWith(`plugin '${name}': `) ? error.msg : `plugin '${name}': ${error.msg}`;
    throw fromErrorObject({ ...error, msg: `${where}: cannot load ${msg}`, plugin: name });
  }
}

function listed(name: string, spec: LocatedSpec["spec"], list: InlinePlugins): LocatedSpec["spec"] {
  const path = [name, spec.path].find((each) => Object.hasOwn(list, each));
  if (path !== undefined) return { ...spec, path };
  throw new SallyportError("failed_precondition", `mode 'inline' runs only what the program imports, and '${name}' is not in its list`, {
    help: `Import the module and hand it over: createHost(config, { inline: { ${name}: module } }).`,
  });
}
