import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import esbuild, { type BuildFailure, type Message } from "esbuild";
import { SallyportError, type ErrorObject } from "@sallyport/bus";
import type { PluginSource } from "@sallyport/kernel";
import { confine, kitFiles } from "./confine.js";
import { inertComments } from "./inert.js";
import { oddPackageFile } from "./package-files.js";
import { createPermit } from "./permit.js";
import { withService } from "./service.js";
import { findImport } from "./source-check.js";
import { BUNDLE_NAME, createStackMapper, type StackMapper } from "./stack.js";

/** A plugin as one script for a guest. */
export interface PreparedModule {
  /** Evaluates to the entry's exports. */
  readonly code: string;
  /** The error with the author's positions; see `StackMapper`. */
  mapError(error: ErrorObject): ErrorObject;
}

export interface PrepareOptions {
  readonly signal?: AbortSignal;
}

export interface Bundler {
  /**
   * Bundles a plugin's entry and what it imports. Throws `invalid_argument` naming file, line and column of an
   * import that hardened plugins cannot have. Remembers the last results for as long as their files stay as they are.
   */
  prepare(source: PluginSource, options?: PrepareOptions): Promise<PreparedModule>;
}

/** Bundles kept: enough for a host that restarts its plugins, bounded for one that loads ever new ones. */
const KEPT = 32;

interface Kept {
  readonly stamp: string;
  readonly inputs: readonly string[];
  readonly module: PreparedModule;
}

export function createBundler(): Bundler {
  const kept = new Map<string, Kept>();
  return {
    async prepare(source, options = {}) {
      const key = `${source.root}\0${source.entry}`;
      const known = kept.get(key);
      if (known && (await stampOf(known.inputs)) === known.stamp) return known.module;
      const { module, inputs, stamp } = await withService(() => bundle(source), options.signal);
      kept.delete(key);
      kept.set(key, { stamp, inputs, module });
      const oldest = kept.keys().next();
      if (kept.size > KEPT && !oldest.done) kept.delete(oldest.value);
      return module;
    },
  };
}

/** One bundle, nothing remembered. */
export function prepareModule(source: PluginSource, options?: PrepareOptions): Promise<PreparedModule> {
  return createBundler().prepare(source, options);
}

async function bundle(source: PluginSource): Promise<Kept> {
  const root = await realpath(source.root);
  const entry = await realpath(source.entry).catch((cause: unknown) => {
    throw new SallyportError("not_found", `the entry '${source.entry}' of plugin '${source.name}' does not exist`, { plugin: source.name, cause });
  });
  const kit = kitFiles();
  const permit = createPermit(root, await Promise.all(kit.folders.map((folder) => realpath(folder))));
  const allowed = await permit.check(entry);
  if ("refused" in allowed) throw problem(source, `${path.relative(root, entry)} is not read: ${allowed.refused}`, "Point 'entry' at a file inside the plugin's folder.");
  const odd = await oddPackageFile(root);
  if (odd !== undefined) throw problem(source, odd.refused, "Make it an ordinary file, or remove it.");
  const inputs = new Set<string>();
  const output = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: path.join(root, BUNDLE_NAME),
    bundle: true,
    write: false,
    format: "iife",
    globalName: "$sallyport",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["sallyport-guest", "module", "import"],
    target: "es2022",
    // What the plugin's folder says about compiling is not followed: it could embed files of the user.
    tsconfigRaw: {},
    define: { "process.env.NODE_ENV": '"production"' },
    sourcemap: "external",
    sourcesContent: false,
    legalComments: "none",
    // Comments go with it: types in them spell `import(...)`, which the source check cannot tell from code.
    minifyWhitespace: true,
    // Columns stay near what the source map says when `inertComments` lengthens a line.
    lineLimit: 160,
    charset: "utf8",
    logLevel: "silent",
    plugins: [confine(permit, await realpath(kit.entry), inputs)],
  }).catch((thrown: unknown) => {
    throw failure(source, thrown);
  });

  const text = (suffix: string): string => output.outputFiles.find((file) => file.path.endsWith(suffix))?.text ?? "";
  const script = inertComments(text(".js"));
  const mapper = createStackMapper(text(".map"));
  refuseLoaders(source, script, mapper);
  const module: PreparedModule = { code: `${script}$sallyport;\n//# sourceURL=${BUNDLE_NAME}`, mapError: mapper.mapError };
  return { module, inputs: [...inputs], stamp: await stampOf([...inputs]) };
}

function refuseLoaders(source: PluginSource, script: string, mapper: StackMapper): void {
  const found = findImport(script);
  if (found === undefined) return;
  const before = script.slice(0, found.index).split("\n");
  const where = mapper.position(before.length, before.at(-1)?.length ?? 0) ?? "the bundle";
  throw problem(source, `${where}: '${found.text}' loads code while the plugin runs, which hardened plugins cannot`,
    "Import with a literal name at the top of the file; write the word apart from the bracket where it is only text.");
}

function failure(source: PluginSource, thrown: unknown): unknown {
  const errors = (thrown as Partial<BuildFailure>).errors;
  if (!Array.isArray(errors)) return thrown;
  const shown = (errors as Message[]).slice(0, 10).map(({ text, location }) =>
    location === null ? text : `${location.file}:${location.line}:${location.column + 1}: ${text}`);
  const remedy = (errors as Message[]).flatMap(({ notes }) => notes.map((note) => note.text))[0];
  return problem(source, shown.join("\n"), remedy ?? "Correct the named line and load the plugin again.");
}

function problem(source: PluginSource, what: string, help: string): SallyportError {
  const path_ = /^(\S+:\d+:\d+): /.exec(what)?.[1];
  return new SallyportError("invalid_argument", `the module of plugin '${source.name}' cannot be bundled: ${what}`, {
    plugin: source.name, help, ...(path_ !== undefined && { at: path_ }),
  });
}

/** Size, time and inode of each file: a change of any input makes a new bundle. */
async function stampOf(files: readonly string[]): Promise<string> {
  const facts = await Promise.all(files.map((file) => stat(file).then((s) => `${s.ino}:${s.size}:${s.mtimeMs}`, () => "gone")));
  return facts.join("|");
}
