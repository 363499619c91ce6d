import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Adapter, Permissions, PluginSpec, Trust } from "@sallyport/kernel";
import type { inline } from "@sallyport/adapter-inline";
import { makeReady, type Program } from "./compile.js";
import { C_BUILDS, GO_WASI, LANGUAGES } from "./languages.js";

/** Where a program of ours finds the kit that it imports. */
const REPOSITORY = join(fileURLToPath(new URL("../../..", import.meta.url)), ".");
const EXAMPLES = join(REPOSITORY, "plugins");
const OURS = fileURLToPath(new URL("../../plugins", import.meta.url));
/** Absolute folders of the plugins in JavaScript; the keys are their names in mode inline. */
const FOLDERS = { bench: join(OURS, "javascript"), listener: join(OURS, "listener"), demo: fileURLToPath(new URL("../../../plugins/javascript", import.meta.url)) } as const;
type Key = keyof typeof FOLDERS;

/** One isolation mode, or one language of mode stdio. */
export interface Mode {
  readonly name: string;
  /** Loads what is not measured and gives the adapter's factory. A string: why this machine cannot run it. */
  prepare(): Promise<(() => Adapter) | string>;
  /** The plugin that echoes, and the name of that method. */
  readonly spec: PluginSpec;
  readonly echo: string;
  /** Present where the benchmark's own plugin runs, with `bench.drive`, `bench.source` and the others. */
  readonly javascript?: {
    /** Hears events; has no method, so that many can be loaded. */
    readonly listener: PluginSpec;
    /** A second plugin, with `demo.echo`. */
    readonly other: PluginSpec;
  };
  /** Keeps an instance ready. */
  readonly spares?: true;
  /** Costs so much for each call that only single calls and a few are measured. */
  readonly slow?: true;
  /** Only what tells the modes apart: small calls, large ones one by one, start, memory and CPU. */
  readonly few?: true;
}

/** Room for 1024 calls at once and for 1 MiB of bytes as base64. */
const LIMITS: NonNullable<PluginSpec["limits"]> = { inflight: 1024, queue: 2048, outgoing: 1024, credit: 1024, events: 1024, frameBytes: 4 << 20 };

function ours(name: string, mode: string, path: (key: Key) => string): Pick<Mode, "name" | "spec" | "echo" | "javascript"> {
  const spec = (key: Key, grants: readonly string[]): PluginSpec => ({ path: path(key), mode, limits: LIMITS, grants, ...(mode === "stdio" && { permissions: { read: [REPOSITORY] } }) });
  return {
    name, echo: "bench.echo", spec: spec("bench", ["call:**"]),
    javascript: { listener: spec("listener", ["subscribe:bench.tick", "publish:bench.heard"]), other: spec("demo", []) },
  };
}

/** An example of `plugins/`, measured through its `demo.echo`. */
function program(name: keyof typeof LANGUAGES): Mode {
  const language: Program = LANGUAGES[name];
  return {
    name, echo: "demo.echo",
    spec: { path: language.folder, limits: LIMITS, grants: ["call:**"], ...(language.permissions && { permissions: language.permissions }) },
    ...(name === "sh" && { slow: true }),
    async prepare() {
      const { stdio } = await import("@sallyport/adapter-stdio");
      return (await makeReady(language)) ?? stdio;
    },
  };
}

/** The demo plugin in a mode that modules and programs do not run in, where it is told apart from the others. */
function demo(mode: string, build: Program | undefined, load: () => Promise<() => Adapter>, more: Partial<Mode> & { readonly folder?: string; readonly permissions?: Permissions; readonly trust?: Trust } = {}): Mode {
  const { folder = mode, permissions, trust, ...rest } = more;
  return {
    name: mode, echo: "demo.echo", few: true,
    spec: { path: build?.folder ?? join(EXAMPLES, folder), mode, limits: LIMITS, grants: ["call:**"], ...(permissions && { permissions }), ...(trust && { trust }) },
    prepare: async () => (build === undefined ? undefined : await makeReady(build)) ?? load(),
    ...rest,
  };
}

type Definition = Parameters<typeof inline>[0][string];

/** By path, as the plugins are no packages; a program lists its plugins with import statements. */
async function importPlugin(key: Key): Promise<Definition> {
  const { default: definition } = (await import(pathToFileURL(join(FOLDERS[key], "index.js")).href)) as { readonly default: Definition };
  return definition;
}

export const MODES: readonly Mode[] = [
  {
    ...ours("inline", "inline", (key) => key),
    async prepare() {
      const { inline } = await import("@sallyport/adapter-inline");
      const plugins = { bench: await importPlugin("bench"), listener: await importPlugin("listener"), demo: await importPlugin("demo") };
      return () => inline(plugins);
    },
  },
  { ...ours("worker", "worker", (key) => FOLDERS[key]), spares: true, prepare: async () => (await import("@sallyport/adapter-worker")).worker },
  { ...ours("process", "process", (key) => FOLDERS[key]), spares: true, prepare: async () => (await import("@sallyport/adapter-process")).process },
  { ...ours("javascript", "stdio", (key) => join(FOLDERS[key], "main.js")), prepare: async () => (await import("@sallyport/adapter-stdio")).stdio },
  program("python"),
  program("sh"),
  program("c"),
  program("rust"),
  program("go"),
  demo("wasm", C_BUILDS.module, async () => (await import("@sallyport/adapter-wasm")).wasm, { spares: true }),
  demo("wasi", GO_WASI, async () => (await import("@sallyport/adapter-wasm")).wasi, { spares: true }),
  demo("lua", undefined, async () => (await import("@sallyport/adapter-lua")).lua, { spares: true }),
  demo("oneshot", undefined, async () => (await import("@sallyport/adapter-oneshot")).oneshot, { slow: true, permissions: { run: ["sleep"] } }),
  demo("grpc", undefined, async () => (await import("@sallyport/adapter-grpc")).grpc, { permissions: { read: [REPOSITORY] } }),
  demo("go-plugin", undefined, async () => (await import("@sallyport/adapter-grpc")).goPlugin, { folder: "grpc", permissions: { read: [REPOSITORY] } }),
  demo("ffi", C_BUILDS.library, async () => (await import("@sallyport/adapter-ffi")).ffi),
  demo("ffi-unsafe", C_BUILDS.library, async () => {
    const { ffi } = await import("@sallyport/adapter-ffi");
    return () => ffi({ inHost: true });
  }, { trust: "trusted" }),
];

export function modeOf(name: string): Mode {
  const mode = MODES.find((each) => each.name === name);
  if (mode === undefined) throw new Error(`There is no mode '${name}'; there are ${MODES.map((each) => each.name).join(", ")}.`);
  return mode;
}
