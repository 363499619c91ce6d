import { basename, dirname, join, resolve } from "node:path";
import { SallyportError } from "@sallyport/bus";
import type { EntryKind, EntrySpec, Manifest, PluginSource, PluginSpec } from "@sallyport/kernel";
import { confine } from "./confine.js";
import { isExecutable, realpath, stat } from "./files.js";
import { hasShebang, isModulePath, kindOf, notExecutable } from "./kind.js";
import { readManifestFile, readPackageFile, type ReadManifest } from "./manifest.js";
import { assertPluginName, nameFromFile } from "./names.js";
import { assertOwnFile } from "./ownership.js";
import type { Problem } from "./problem.js";
import { buildFor, type Reads } from "./reads.js";

const INDEX_FILES = ["index.ts", "index.mts", "index.js", "index.mjs", "index.cjs"];

/**
 * Finds what `spec.path` names and reads its manifest, if it has one, without running anything:
 * a folder with a plugin.json, a package.json (field `sallyport`, or `main`) or an index module; one of those
 * two files; a module; or an executable. Manifests are not searched in folders above.
 *
 * A mode says what it `reads` and gets `undefined` for what it does not run. Without it the plugin is read as it is
 * most likely meant: enough to describe it. Rejects with `not_found`; `invalid_argument` naming file, line and
 * column; `permission_denied` for files that other users can write; `spawn_failed` for a program that cannot be executed.
 */
export async function readPlugin(spec: PluginSpec, signal: AbortSignal, reads?: Reads): Promise<PluginSource | undefined> {
  if (spec.name !== undefined) assertPluginName(spec.name);
  if (spec.path === "" || spec.path.includes("\0")) {
    throw new SallyportError("invalid_argument", `${JSON.stringify(spec.path)} is not a path`, { path: "path" });
  }
  const path = resolve(spec.base ?? process.cwd(), spec.path);
  const stats = await stat(path).catch((cause: unknown) => {
    throw new SallyportError("not_found", `${path} does not exist`, { help: `The config says ${JSON.stringify(spec.path)}; relative paths start from ${resolve(spec.base ?? process.cwd())}.`, path: "path", cause });
  });
  signal.throwIfAborted();
  const asking: Asking = { spec, reads };
  if (stats.isDirectory()) return fromFolder(asking, path, signal);
  if (!stats.isFile()) throw new SallyportError("invalid_argument", `${path} is neither a file nor a folder`, { path: "path" });
  if (basename(path) === "plugin.json") return fromManifest(asking, await readManifestFile(path, signal));
  if (basename(path) === "package.json") return fromPackage(asking, path, signal);
  return bare(asking, path, await realpath(dirname(path)), spec.name ?? nameFromFile(basename(path)));
}

/** Who asks for which plugin. */
interface Asking {
  readonly spec: PluginSpec;
  readonly reads: Reads | undefined;
}

async function fromFolder(asking: Asking, folder: string, signal: AbortSignal): Promise<PluginSource | undefined> {
  if (await exists(join(folder, "plugin.json"))) return fromManifest(asking, await readManifestFile(join(folder, "plugin.json"), signal));
  if (await exists(join(folder, "package.json"))) return fromPackage(asking, join(folder, "package.json"), signal);
  return fromIndex(asking, folder);
}

async function fromPackage(asking: Asking, file: string, signal: AbortSignal): Promise<PluginSource | undefined> {
  const read = await readPackageFile(file, signal);
  return read.kind === "manifest" ? fromManifest(asking, read.read) : fromIndex(asking, dirname(file), read.main);
}

async function fromManifest({ spec, reads }: Asking, read: ReadManifest): Promise<PluginSource | undefined> {
  const { file, manifest, at } = read;
  const root = await realpath(dirname(file.file));
  const name = spec.name ?? manifest.name;
  if (isBySettings(read, reads)) return { name, kind: reads?.kinds[0] ?? "settings", root, entry: file.file, manifest };
  // Which mode was asked for, by the one that decides.
  const asked = spec.mode ?? manifest.mode;
  const wrong = (got: string): SallyportError => file.error({ pointer: at("/entry"), expected: `a file that mode ${reads?.mode} runs`, got });
  if (manifest.entry === undefined) {
    if (spec.mode !== undefined && spec.mode === reads?.mode) throw wrong("none");
    return undefined;
  }
  const build = buildFor(manifest.entry, reads?.mode ?? described(manifest.entry, asked));
  if ("missing" in build) {
    if (spec.mode !== undefined && spec.mode === reads?.mode) throw wrong(build.missing);
    return undefined;
  }
  const pointer = at("/entry");
  const entry = await confine(root, build.file);
  if ("problem" in entry) throw file.error({ pointer, expected: "a file inside the plugin's folder", got: `${entry.problem}: ${JSON.stringify(build.file)}` });
  await assertOwnFile(entry.path);
  const kind = build.named && reads?.kinds[0] !== undefined ? reads.kinds[0] : kindOf(entry.path, asked, manifest.command, reads);
  if (reads !== undefined && !reads.kinds.includes(kind)) return undefined;
  if (kind === "executable" && manifest.command === undefined && !(await isExecutable(entry.path))) throw notExecutable(entry.path);
  return { name, kind, root, entry: entry.path, manifest };
}

/** For a reader that is no mode: the build of the mode that was asked for, if there is one. The others need not be built. */
function described(entry: EntrySpec, asked: string | undefined): string | undefined {
  return asked !== undefined && typeof entry === "object" && Object.hasOwn(entry, asked) ? asked : undefined;
}

/** Whether the manifest makes this plugin one of the mode's by what it says under `modes`. Throws for settings that are wrong. */
function isBySettings({ file, manifest, at }: ReadManifest, reads: Reads | undefined): boolean {
  const settings = settingsOf(manifest, reads);
  if (settings === undefined || reads === undefined) return reads === undefined && manifest.entry === undefined;
  const problems = reads.settings?.(settings) ?? [];
  if (problems.length > 0) throw file.error(...problems.map((problem): Problem => ({ ...problem, pointer: at(`/modes/${reads.mode}${problem.pointer}`) })));
  return reads.by === "settings" || (reads.by === "either" && manifest.entry === undefined);
}

function settingsOf({ modes }: Manifest, reads: Reads | undefined): unknown {
  return reads !== undefined && modes !== undefined && Object.hasOwn(modes, reads.mode) ? modes[reads.mode] : undefined;
}

async function fromIndex(asking: Asking, folder: string, main?: string): Promise<PluginSource | undefined> {
  const root = await realpath(folder);
  for (const candidate of main === undefined ? INDEX_FILES : [main]) {
    const entry = await confine(root, candidate);
    if ("path" in entry) return bare(asking, entry.path, root, asking.spec.name ?? nameFromFile(`${basename(root)}.`));
  }
  throw new SallyportError("not_found", `${folder} holds no plugin: there is no plugin.json and no ${main ?? "index module"} in it`, {
    help: "Add a plugin.json, or name the module or executable itself in the config.",
    path: "path",
  });
}

/** A module or executable without a manifest: its hello is all that describes it. */
async function bare({ spec, reads }: Asking, entry: string, root: string, name: string): Promise<PluginSource | undefined> {
  const kind: EntryKind = kindOf(entry, spec.mode, undefined, reads);
  if (reads !== undefined && !reads.kinds.includes(kind)) return undefined;
  if (kind === "executable" && !(await isExecutable(entry))) {
    if (spec.mode === (reads?.mode ?? "stdio") || (await hasShebang(entry)) || isModulePath(entry)) throw notExecutable(entry);
    return undefined;
  }
  await assertOwnFile(await realpath(entry));
  return { name, kind, root, entry, manifest: undefined };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}
