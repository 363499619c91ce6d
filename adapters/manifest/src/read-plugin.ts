import { basename, dirname, join, resolve } from "node:path";
import { SallyportError } from "@sallyport/bus";
import type { PluginSource, PluginSpec } from "@sallyport/kernel";
import { confine } from "./confine.js";
import { isExecutable, realpath, stat } from "./files.js";
import { hasShebang, isModulePath, kindOf, notExecutable } from "./kind.js";
import { readManifestFile, readPackageFile, type ReadManifest } from "./manifest.js";
import { assertPluginName, nameFromFile } from "./names.js";
import { assertOwnFile } from "./ownership.js";

const INDEX_FILES = ["index.ts", "index.mts", "index.js", "index.mjs", "index.cjs"];

/**
 * Finds what `spec.path` names and reads its manifest, if it has one, without running anything:
 * a folder with a plugin.json, a package.json (field `sallyport`, or `main`) or an index module; one of those
 * two files; a module; or an executable. Manifests are not searched in folders above.
 *
 * `undefined`: nothing there is a plugin of these kinds. Rejects with `not_found`; `invalid_argument` naming
 * file, line and column; `permission_denied` for files that other users can write; `spawn_failed` for a
 * program that cannot be executed.
 */
export async function readPlugin(spec: PluginSpec, signal: AbortSignal): Promise<PluginSource | undefined> {
  if (spec.name !== undefined) assertPluginName(spec.name);
  if (spec.path === "" || spec.path.includes("\0")) {
    throw new SallyportError("invalid_argument", `${JSON.stringify(spec.path)} is not a path`, { path: "path" });
  }
  const path = resolve(spec.base ?? process.cwd(), spec.path);
  const stats = await stat(path).catch((cause: unknown) => {
    throw new SallyportError("not_found", `${path} does not exist`, { help: `The config says ${JSON.stringify(spec.path)}; relative paths start from ${resolve(spec.base ?? process.cwd())}.`, path: "path", cause });
  });
  signal.throwIfAborted();
  if (stats.isDirectory()) return fromFolder(spec, path, signal);
  if (!stats.isFile()) throw new SallyportError("invalid_argument", `${path} is neither a file nor a folder`, { path: "path" });
  if (basename(path) === "plugin.json") return fromManifest(spec, await readManifestFile(path, signal));
  if (basename(path) === "package.json") return fromPackage(spec, path, signal);
  return bare(spec, path, await realpath(dirname(path)), spec.name ?? nameFromFile(basename(path)));
}

async function fromFolder(spec: PluginSpec, folder: string, signal: AbortSignal): Promise<PluginSource | undefined> {
  if (await exists(join(folder, "plugin.json"))) return fromManifest(spec, await readManifestFile(join(folder, "plugin.json"), signal));
  if (await exists(join(folder, "package.json"))) return fromPackage(spec, join(folder, "package.json"), signal);
  return fromIndex(spec, folder);
}

async function fromPackage(spec: PluginSpec, file: string, signal: AbortSignal): Promise<PluginSource | undefined> {
  const read = await readPackageFile(file, signal);
  return read.kind === "manifest" ? fromManifest(spec, read.read) : fromIndex(spec, dirname(file), read.main);
}

async function fromManifest(spec: PluginSpec, { file, manifest, at }: ReadManifest): Promise<PluginSource> {
  const root = await realpath(dirname(file.file));
  const entry = await confine(root, manifest.entry);
  if ("problem" in entry) {
    throw file.error({ pointer: at("/entry"), expected: "a file inside the plugin's folder", got: `${entry.problem}: ${JSON.stringify(manifest.entry)}` });
  }
  await assertOwnFile(entry.path);
  const kind = kindOf(entry.path, spec.mode ?? manifest.mode, manifest.command);
  if (kind === "executable" && manifest.command === undefined && !(await isExecutable(entry.path))) throw notExecutable(entry.path);
  return { name: spec.name ?? manifest.name, kind, root, entry: entry.path, manifest };
}

async function fromIndex(spec: PluginSpec, folder: string, main?: string): Promise<PluginSource | undefined> {
  const root = await realpath(folder);
  for (const candidate of main === undefined ? INDEX_FILES : [main]) {
    const entry = await confine(root, candidate);
    if ("path" in entry) return bare(spec, entry.path, root, spec.name ?? nameFromFile(`${basename(root)}.`));
  }
  throw new SallyportError("not_found", `${folder} holds no plugin: there is no plugin.json and no ${main ?? "index module"} in it`, {
    help: "Add a plugin.json, or name the module or executable itself in the config.",
    path: "path",
  });
}

/** A module or executable without a manifest: its hello is all that describes it. */
async function bare(spec: PluginSpec, entry: string, root: string, name: string): Promise<PluginSource | undefined> {
  const kind = kindOf(entry, spec.mode, undefined);
  if (kind === "executable" && !(await isExecutable(entry))) {
    if (spec.mode === "stdio" || (await hasShebang(entry)) || isModulePath(entry)) throw notExecutable(entry);
    return undefined;
  }
  await assertOwnFile(await realpath(entry));
  return { name, kind, root, entry, manifest: undefined };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}
