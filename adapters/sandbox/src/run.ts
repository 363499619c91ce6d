import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** Runs a tool of the system, for a moment. Resolves to what it said, or to why it failed. */
export function run(program: string, args: readonly string[], signal?: AbortSignal): Promise<{ readonly ok: boolean; readonly text: string }> {
  return new Promise((resolve) => {
    execFile(program, [...args], { timeout: 10_000, encoding: "utf8", env: { PATH: process.env["PATH"], LC_ALL: "C" }, ...(signal && { signal }) }, (error, stdout, stderr) => {
      resolve({ ok: error === null, text: `${stdout}${stderr}`.trim() || (error?.message ?? "") });
    });
  });
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Every program of that name on PATH, the first one first. Relative entries of PATH are nobody's intention. */
export function onPath(name: string, path: string | undefined): readonly string[] {
  const folders = (path ?? "").split(delimiter).filter((folder) => isAbsolute(folder));
  return folders.map((folder) => join(folder, name)).filter(isProgram);
}
