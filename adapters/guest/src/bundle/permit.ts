import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import type { Loader } from "esbuild";

/** What a bundle may read. Everything else is refused: a bundle is handed to code that nobody has reviewed. */
export interface Permit {
  /** The file by its real path if it may be read, or the reason why not. */
  check(file: string): Promise<{ readonly file: string; readonly bytes: number } | { readonly refused: string }>;
  /** Lets files of the package that a bare import found be read. */
  admit(file: string): Promise<void>;
}

const LOADERS: Readonly<Record<string, Loader>> = {
  ".js": "js", ".mjs": "js", ".cjs": "js", ".jsx": "jsx", ".ts": "ts", ".mts": "ts", ".cts": "ts", ".tsx": "tsx", ".json": "json",
};

export function loaderOf(file: string): Loader | undefined {
  return LOADERS[path.extname(file)];
}

/** `kit`: folders of this project that a bundle reaches through `@sallyport/plugin`. `root` and `kit` are real paths. */
export function createPermit(root: string, kit: readonly string[]): Permit {
  const packages = new Set<string>();

  function allowed(file: string): string | undefined {
    const inside = relativeTo(root, file);
    if (inside !== undefined && !inside.includes("node_modules")) {
      const hidden = inside.find((segment) => segment.startsWith("."));
      return hidden === undefined ? undefined : `'${hidden}' is hidden, and hidden files and folders are not read`;
    }
    if (kit.some((folder) => relativeTo(folder, file) !== undefined)) return undefined;
    const home = packageOf(file);
    if (home === undefined) return "it is outside the plugin's folder";
    if (!packages.has(home)) return "it belongs to a package that nothing imports by name";
    if (inside === undefined && ![root, ...kit].some((from) => installedAbove(from, file))) return "it belongs to a package that is installed elsewhere";
    const hidden = path.relative(home, file).split(path.sep).find((segment) => segment.startsWith("."));
    return hidden === undefined ? undefined : `'${hidden}' is hidden, and hidden files and folders are not read`;
  }

  return {
    async check(named) {
      const file = await realpath(named).catch(() => undefined);
      if (file === undefined) return { refused: "it does not exist" };
      if (loaderOf(file) === undefined) return { refused: `only ${Object.keys(LOADERS).join(" ")} files can be imported` };
      const refused = allowed(file);
      if (refused !== undefined) return { refused };
      const facts = await stat(file);
      // Opening a pipe would hold one of the few threads that read files for the whole host.
      return facts.isFile() ? { file, bytes: facts.size } : { refused: "it is not a file" };
    },
    async admit(named) {
      const home = packageOf(await realpath(named).catch(() => named));
      if (home !== undefined) packages.add(home);
    },
  };
}

function relativeTo(folder: string, file: string): string[] | undefined {
  const inside = path.relative(folder, file);
  return inside === "" || inside.startsWith("..") || path.isAbsolute(inside) ? undefined : inside.split(path.sep);
}

/** Beside a folder above `from`: where Node looks. A link, or a package.json whose `main` climbs, can lead to any other. */
function installedAbove(from: string, file: string): boolean {
  const segments = file.split(path.sep);
  const above = segments.slice(0, segments.indexOf("node_modules")).join(path.sep) || path.sep;
  return above === from || relativeTo(above, from) !== undefined;
}

/** The folder of the installed package that a file belongs to: what follows the last `node_modules`. */
function packageOf(file: string): string | undefined {
  const segments = file.split(path.sep);
  const at = segments.lastIndexOf("node_modules");
  const name = segments[at + 1];
  if (at === -1 || name === undefined || name.startsWith(".")) return undefined;
  return segments.slice(0, at + (name.startsWith("@") ? 3 : 2)).join(path.sep);
}
