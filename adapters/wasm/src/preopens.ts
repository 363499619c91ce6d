import { realpathSync, statSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { SallyportError } from "@sallyport/bus";
import type { Permissions, PluginSource } from "@sallyport/kernel";
import type { Preopen } from "./cell/head.js";
import type { WasiSettings } from "./settings.js";

/**
 * The folders that a program finds open: below its own folder to read, or below what `permissions` open to it. Throws
 * `permission_denied` for others, `not_found`, `invalid_argument`, each naming the preopen.
 */
export function preopensOf({ name, root }: PluginSource, preopens: WasiSettings["preopens"] = {}, permissions: Permissions): readonly Preopen[] {
  return Object.entries(preopens).map(([guest, said]) => {
    const { path: given, writable = false } = typeof said === "string" ? { path: said } : said;
    const at = { plugin: name, path: `modes.wasi.preopens.${guest}` };
    const path = resolve(root, given);
    const [read, write] = [[root, ...within(root, permissions.read), ...within(root, permissions.write)], within(root, permissions.write)];
    if (!(writable ? write : read).some((folder) => isInside(folder, path))) {
      const field = writable ? "write" : "read";
      throw new SallyportError("permission_denied", `'${name}' wants ${path} open as ${guest} to ${field}, and may not ${field} it`, {
        ...at, help: `State it in permissions.${field} of its manifest and grant it in those of the config, or leave it out.`,
      });
    }
    const really = real(path);
    if (really === undefined) throw new SallyportError("not_found", `'${name}' wants ${path} open as ${guest}, which does not exist`, { ...at, help: `Run: mkdir -p ${path}` });
    if (really !== path) throw new SallyportError("invalid_argument", `'${name}' wants ${path} open as ${guest}, which leads through a link to ${really}`, { ...at, help: `Write ${really} instead, if that is what is meant.` });
    if (!statSync(path).isDirectory()) throw new SallyportError("invalid_argument", `'${name}' wants ${path} open as ${guest}, which is no folder`, { ...at, help: "Name the folder that it is in." });
    return { guest, path, writable };
  });
}

function within(root: string, paths: readonly string[] = []): readonly string[] {
  return paths.map((path) => resolve(root, path));
}

export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function real(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}
