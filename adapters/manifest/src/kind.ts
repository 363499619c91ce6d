import { open } from "node:fs/promises";
import { extname } from "node:path";
import { SallyportError } from "@sallyport/bus";
import type { EntryKind } from "@sallyport/kernel";

const MODULES = new Set([".js", ".mjs", ".cjs", ".ts", ".mts"]);

export function isModulePath(path: string): boolean {
  return MODULES.has(extname(path));
}

/**
 * What an entry is, by its extension. Mode `stdio` makes a program of any file; a `command` does so unless
 * another mode is asked for, so that one plugin can be offered both ways.
 */
export function kindOf(entry: string, mode: string | undefined, command: readonly string[] | undefined): EntryKind {
  if (mode === "stdio" || !isModulePath(entry)) return "executable";
  return command === undefined || mode !== undefined ? "module" : "executable";
}

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
