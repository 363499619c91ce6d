import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { SallyportError } from "@sallyport/bus";
import { interpreterOf } from "./headers.js";
import { isProgram, onPath } from "./run.js";
import { isOfSystem, real, type Place } from "./system.js";

/** A program with all that has to be executed so that it runs. */
export interface Program {
  /** Absolute; what is started. */
  readonly path: string;
  /** Files outside the system's folders that it needs. */
  readonly places: readonly Place[];
  /** Real files that are executed: itself, its interpreters, their loaders. */
  readonly exec: readonly string[];
  /** Folders where its interpreters are found by name. */
  readonly folders: readonly string[];
}

const MAX_CHAIN = 5;
/** What an installation outside the system's folders keeps beside its `bin`. Never `share` or `etc`: a home has them too. */
const INSTALLED = ["lib", "lib64", "libexec", "conf"];

/** Throws `spawn_failed` for a name that is not on PATH. A path that leads nowhere is found by its start. */
export function findProgram(plugin: string, name: string, cwd: string, path: string | undefined): Program {
  const places: Place[] = [];
  const exec: string[] = [];
  const folders: string[] = [];
  const start = locate(plugin, name, cwd, path);
  let next: string | undefined = start;
  for (let depth = 0; next !== undefined && depth < MAX_CHAIN; depth++) {
    const file: string = next;
    next = undefined;
    const from = real(file);
    if (from === undefined) break;
    exec.push(from);
    if (!isOfSystem(file) || !isOfSystem(from)) places.push({ at: file, from }, { at: from, from }, ...installation(from));
    if (depth > 0 || !name.includes("/")) folders.push(dirname(file));
    const by = interpreterOf(from);
    if (by?.kind === "loader") next = by.path;
    if (by?.kind === "script") {
      next = by.words[0];
      const named = basename(next ?? "") === "env" ? by.words.slice(1).find((word) => !word.startsWith("-") && !word.includes("=")) : undefined;
      // `env` is executed as well, and then the one that it names.
      if (named !== undefined) {
        const inner = findProgram(plugin, named, cwd, path);
        places.push(...inner.places);
        exec.push(...inner.exec);
        folders.push(...inner.folders, dirname(inner.path));
      }
    }
  }
  return { path: start, places, exec: [...new Set(exec)], folders: [...new Set(folders)] };
}

function locate(plugin: string, name: string, cwd: string, path: string | undefined): string {
  if (isAbsolute(name)) return name;
  if (name.includes("/")) return resolve(cwd, name);
  const found = onPath(name, path);
  for (const file of found) {
    const behind = behindShim(file);
    if (behind !== undefined) return behind;
  }
  throw new SallyportError("spawn_failed", found.length === 0 ? `${name} does not exist on PATH` : `${name} on PATH is a shim (${found[0]}), and what it would start cannot be told`, {
    plugin, data: { program: name, reason: "ENOENT" },
    help: found.length === 0 ? 'Install it, or name another program in the manifest\'s "command".' : "Name the program itself by its absolute path.",
  });
}

/**
 * pyenv, rbenv and nodenv put scripts in front of every program, which look for the real one with the help of half a dozen
 * others. Their folders all look alike: `shims/NAME`, and `version` says which of `versions/*` is meant.
 */
function behindShim(file: string): string | undefined {
  const folder = dirname(file);
  if (basename(folder) !== "shims") return file;
  const root = dirname(folder);
  let wanted: readonly string[] = [];
  try {
    wanted = readFileSync(join(root, "version"), "utf8").split(/\s+/).filter((word) => word !== "");
  } catch {
    // The next one on PATH.
  }
  return wanted.map((version) => join(root, "versions", version, "bin", basename(file))).find(isProgram);
}

function installation(file: string): readonly Place[] {
  const prefix = dirname(dirname(file));
  const home = real(homedir());
  // `~/bin` and `/bin` are no installations of their own.
  if (basename(dirname(file)) !== "bin" || prefix === "/" || home === undefined || home === prefix || home.startsWith(`${prefix}/`)) return [];
  return INSTALLED.map((name) => join(prefix, name)).filter((folder) => existsSync(folder)).map((at) => ({ at, from: real(at) ?? at }));
}
