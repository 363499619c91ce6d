import { execFile } from "node:child_process";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { HostConfig } from "sallyport";
import { C_HEADERS, PLUGINS } from "./places.js";

const run = promisify(execFile);

/** Which form of each stage runs on this machine. */
export interface Stages {
  readonly config: HostConfig;
  /** By plugin. */
  readonly languages: Readonly<Record<string, string>>;
  /** What took another's place, and why. */
  readonly notes: readonly string[];
}

/** `native: false` keeps to what needs only Node and sh, as a machine without Python and C would. */
export async function chooseStages(base: string, native = true): Promise<Stages> {
  const off = "native stages are switched off";
  const noPython = native ? await missingPython() : off;
  const noC = native ? await missingC() : off;
  const notes = [
    ...(noPython === undefined ? [] : [`anomalies runs in JavaScript instead of Python: ${noPython}`]),
    ...(noC === undefined ? [] : [`fingerprint runs in JavaScript instead of C: ${noC}`]),
  ];
  return {
    config: {
      plugins: {
        parse: { path: "parse", limits: { deadlineMs: 600_000 } },
        convert: { path: "convert", trust: "reviewed", mode: "worker", grants: ["call:rates.lookup"], config: { base } },
        categorise: { path: "categorise" },
        anomalies: { path: noPython === undefined ? "anomalies-python" : "anomalies-javascript" },
        totals: { path: "totals", permissions: { run: ["awk"] } },
        fingerprint: { path: noC === undefined ? "fingerprint-c" : "fingerprint-javascript" },
        report: { path: "report", mode: "inline", trust: "trusted" },
      },
    },
    languages: {
      parse: "TypeScript", convert: "JavaScript", categorise: "JavaScript", anomalies: noPython === undefined ? "Python" : "JavaScript",
      totals: "sh, awk", fingerprint: noC === undefined ? "C" : "JavaScript", report: "TypeScript",
    },
    notes,
  };
}

async function missingPython(): Promise<string | undefined> {
  return run("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 8))"]).then(() => undefined, (error: NodeJS.ErrnoException) => why("python3", error));
}

/** Compiles the C stage, once: into its build folder, beside the source. */
async function missingC(): Promise<string | undefined> {
  const folder = join(PLUGINS, "fingerprint-c");
  const output = join(folder, "build", "fingerprint");
  const sources = [join(folder, "main.c"), join(C_HEADERS, "wire.h"), join(C_HEADERS, "msgpack.h")];
  try {
    const built = await stat(output).catch(() => undefined);
    const changed = await Promise.all(sources.map(async (source) => (await stat(source)).mtimeMs));
    if (built !== undefined && changed.every((time) => time < built.mtimeMs)) return undefined;
    await mkdir(join(folder, "build"), { recursive: true });
    // Renamed into place: another run may be using the old one.
    const fresh = `${output}.${process.pid}`;
    await run("cc", ["-O2", "-I", C_HEADERS, "-o", fresh, "main.c"], { cwd: folder });
    await rename(fresh, output).catch(async (error: unknown) => {
      await rm(fresh, { force: true });
      throw error;
    });
    return undefined;
  } catch (error) {
    return why("cc", error as NodeJS.ErrnoException);
  }
}

function why(program: string, error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return `there is no ${program} on this machine`;
  return `${program} failed: ${error.message.split("\n").slice(0, 2).join(" ")}`;
}
