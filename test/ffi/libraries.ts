import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildLibrary } from "../languages/build.js";

const run = promisify(execFile);
const SOURCES = fileURLToPath(new URL("../gauntlet/ffi/", import.meta.url));

/** Libraries that misbehave, compiled for one test file. */
export interface Libraries extends Disposable {
  /** Why this machine cannot compile them. */
  readonly missing: string | undefined;
  readonly folder: string;
  /** Absolute path of one, by the name of its source in test/gauntlet/ffi. */
  path(name: string): string;
}

export async function compileLibraries(): Promise<Libraries> {
  const missing = await buildLibrary();
  const folder = mkdtempSync(join(tmpdir(), "sallyport-ffi-"));
  const path = (name: string): string => join(folder, `${name}.so`);
  if (missing === undefined) {
    const names = readdirSync(SOURCES).filter((name) => name.endsWith(".c")).map((name) => basename(name, ".c"));
    // One compiler for each CPU that tests are given, as a rule two.
    const next = names.values();
    const work = async (): Promise<void> => {
      for (const name of next) await run("cc", ["-O1", "-w", "-fPIC", "-shared", "-fvisibility=hidden", "-pthread", `${name}.c`, "-o", path(name)], { cwd: SOURCES });
    };
    await Promise.all([work(), work()]);
  }
  return { missing, folder, path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
