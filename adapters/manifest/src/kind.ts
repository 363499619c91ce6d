import { open } from "node:fs/promises";
import { extname } from "node:path";
import { SallyportError } from "@sallyport/bus";
import type { EntryKind } from "@sallyport/kernel";
import type { Reads } from "./reads.js";

const KINDS: Readonly<Record<string, EntryKind>> = {
  ".js": "module", ".mjs": "module", ".cjs": "module", ".ts": "module", ".mts": "module",
  ".wasm": "wasm",
  ".so": "library", ".dylib": "library", ".dll": "library",
  ".lua": "lua",
};

export function isModulePath(path: string): boolean {
  return kindOfFile(path) === "module";
}

/** What a file is by its extension; anything unknown is a program. */
function kindOfFile(path: string): EntryKind {
  return KINDS[extname(path)] ?? "executable";
}

/**
 * What an entry is to a mode that reads it. A mode of programs that is asked for by name makes one of any file; a `command`
 * does so unless another mode is asked for, so that one plugin can be offered both ways.
 */
export function kindOf(entry: string, asked: string | undefined, command: readonly string[] | undefined, reads: Reads | undefined): EntryKind {
  const kind = kindOfFile(entry);
  if (asked !== undefined && asked === (reads?.mode ?? PROGRAMS) && (reads?.kinds ?? ["executable"]).includes("executable")) return "executable";
  return kind !== "executable" && command !== undefined && asked === undefined ? "executable" : kind;
}

/** The mode that a plugin is read for when nobody says. */
const PROGRAMS = "stdio";

/** A script whose author forgot to make it executable, rather than a file of some other kind. */
export async function hasShebang(path: string): Promise<boolean> {
  const handle = await open(path, "r").catch(() => undefined);
  if (handle === undefined) return false;
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x23 && buffer[1] === 0x21;
  } finally {
    await handle.close();
  }
}

export function notExecutable(path: string): SallyportError {
  const remedy = isModulePath(path) ? 'give it a plugin.json with "command": ["node"]' : 'give it a plugin.json with a "command", for example ["python3"]';
  return new SallyportError("spawn_failed", `${path} is not executable`, { help: `Run: chmod +x ${path}; or ${remedy}.`, path });
}
