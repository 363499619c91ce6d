import { readFile } from "node:fs/promises";
import { builtinModules, createRequire } from "node:module";
import path from "node:path";
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import { oddPackageFile } from "./package-files.js";
import { loaderOf, type Permit } from "./permit.js";

const KIT = "@sallyport/plugin";
const BUILTINS = new Set(builtinModules);
/** All that one bundle may be made of: esbuild takes some ten times as much memory. */
const MAX_SOURCE_BYTES = 32 << 20;
/** Marks our own question to esbuild's resolver, so that it is not asked again. */
const ASKED = Symbol("asked");

/** The kit's entry for hardened guests, and the folders that it reaches. */
export function kitFiles(): { readonly entry: string; readonly folders: readonly string[] } {
  const require = createRequire(import.meta.url);
  const kit = path.dirname(require.resolve(KIT));
  return { entry: path.join(kit, "guest.js"), folders: [kit, path.dirname(createRequire(path.join(kit, "guest.js")).resolve("@sallyport/bus"))] };
}

/** Decides for every import whether and what is read; nothing reaches esbuild's own loader. */
export function confine(permit: Permit, kitEntry: string, inputs: Set<string>): Plugin {
  let bytes = 0;
  const looked = new Map<string, ReturnType<typeof oddPackageFile>>();
  /** The folders where esbuild will look for a package, as far as they are the plugin's own. */
  const lookAt = async (name: string, from: string): Promise<string | undefined> => {
    const home = name.split("/").slice(0, name.startsWith("@") ? 2 : 1).join("/");
    for (let at = from; ; at = path.dirname(at)) {
      const folder = path.join(at, "node_modules", home);
      if (!looked.has(folder)) looked.set(folder, oddPackageFile(folder));
      const odd = await looked.get(folder);
      if (odd !== undefined) return odd.refused;
      if (at === path.dirname(at)) return undefined;
    }
  };
  return {
    name: "sallyport-confine",
    setup(build) {
      build.onResolve({ filter: /.*/ }, (args) => resolve(build, permit, kitEntry, lookAt, args));
      build.onLoad({ filter: /.*/, namespace: "file" }, async ({ path: named }) => {
        const found = await permit.check(named);
        if ("refused" in found) return { errors: [{ text: `'${path.basename(named)}' is not read: ${found.refused}` }] };
        bytes += found.bytes;
        if (bytes > MAX_SOURCE_BYTES) return { errors: [{ text: `the plugin and what it imports have more than ${MAX_SOURCE_BYTES} bytes` }] };
        inputs.add(found.file);
        return { contents: withoutMap(await readFile(found.file, "utf8")), loader: loaderOf(found.file) ?? "js", resolveDir: path.dirname(found.file) };
      });
    },
  };
}

/**
 * esbuild opens the file that such a comment names, wherever it is. Maps inside the comment itself stay: they give
 * errors the positions of the author's own source.
 */
function withoutMap(text: string): string {
  return text.replaceAll(/(\/[/*][#@]) sourceMappingURL=(?!data:[^\s,]*,)/g, "$1 sourceMappingURL ");
}

async function resolve(build: PluginBuild, permit: Permit, kitEntry: string, lookAt: (name: string, from: string) => Promise<string | undefined>, args: OnResolveArgs): Promise<OnResolveResult | undefined> {
  if ((args.pluginData as { asked?: symbol } | undefined)?.asked === ASKED) return undefined;
  const name = args.path;
  if (args.kind === "entry-point") return { path: name, namespace: "file" };
  if (name === KIT) return { path: kitEntry, namespace: "file", sideEffects: false };
  if (name.startsWith("node:") || BUILTINS.has(name)) {
    return refuse(`'${name}' is part of Node, which hardened plugins do not have`, "Ask the host for it with context.call(...) and a grant, or run the plugin in mode stdio.");
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(name)) return refuse(`'${name}' is a URL`, "Install the package beside the plugin and import it by name.");
  if (path.isAbsolute(name)) return refuse(`'${name}' is an absolute path`, "Import files of the plugin's own folder by relative path.");
  const bare = !name.startsWith(".") && !name.startsWith("#");
  const odd = bare ? await lookAt(name, args.resolveDir) : undefined;
  if (odd !== undefined) return refuse(`'${name}' is not read: ${odd}`, "Install the package again.");
  const found = await build.resolve(name, { kind: args.kind, importer: args.importer, resolveDir: args.resolveDir, pluginData: { asked: ASKED } });
  if (found.errors.length > 0) return { errors: found.errors };
  if (found.namespace !== "file" || found.external) return refuse(`'${name}' cannot be bundled`, "Import JavaScript, TypeScript or JSON files.");
  if (bare) await permit.admit(found.path);
  const checked = await permit.check(found.path);
  if ("refused" in checked) return refuse(`'${name}' is not read: ${checked.refused}`, "Import files of the plugin's own folder, or an installed package by name.");
  return { path: checked.file, namespace: "file", sideEffects: found.sideEffects };
}

function refuse(text: string, remedy: string): OnResolveResult {
  return { errors: [{ text, notes: [{ text: remedy }] }] };
}
