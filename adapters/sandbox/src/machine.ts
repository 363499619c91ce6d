import { getLauncher, type Launcher } from "./launcher.js";
import type { SandboxOptions, Wrapper } from "./options.js";
import { bubblewrapProbe } from "./bubblewrap.js";
import { onPath, run } from "./run.js";

/** What this machine has, each with why not. */
export interface Machine {
  readonly bubblewrap: { readonly path: string; readonly version: string } | { readonly missing: string };
  readonly launcher: Launcher | { readonly missing: string };
  readonly seatbelt: { readonly path: string } | { readonly missing: string };
  readonly prlimit: string | undefined;
  readonly shell: string | undefined;
  /** The system exempts root from some limits. */
  readonly root: boolean;
}

/** The first ABI of Landlock that keeps signals and abstract sockets apart. */
const LANDLOCK_WHOLE = 6;

export async function lookAround(options: SandboxOptions): Promise<Machine> {
  const path = process.env["PATH"];
  const linux = process.platform === "linux";
  const elsewhere = { missing: `it is a tool of Linux, and this is ${process.platform}` };
  const [launcher, bubblewrap, seatbelt] = await Promise.all([
    linux ? getLauncher({ path: options.launcher, cache: options.cache }) : elsewhere,
    linux ? findBubblewrap(path) : elsewhere,
    process.platform === "darwin" ? findSeatbelt() : { missing: `sandbox-exec is a tool of macOS, and this is ${process.platform}` },
  ]);
  return { launcher, bubblewrap, seatbelt, prlimit: linux ? onPath("prlimit", path)[0] : undefined, shell: process.platform === "win32" ? undefined : "/bin/sh", root: process.getuid?.() === 0 };
}

/** The one that gives `strict` here; or, for each that was allowed, why it does not. */
export function strictBy(machine: Machine, allowed: readonly Wrapper[]): Wrapper | { readonly missing: readonly string[] } {
  const missing: string[] = [];
  for (const wrapper of allowed) {
    const why = whyNot(machine, wrapper);
    if (why === undefined) return wrapper;
    missing.push(`${wrapper}: ${why}`);
  }
  return { missing };
}

function whyNot({ bubblewrap, launcher, seatbelt }: Machine, wrapper: Wrapper): string | undefined {
  if (wrapper === "bubblewrap") return "missing" in bubblewrap ? bubblewrap.missing : undefined;
  if (wrapper === "seatbelt") return "missing" in seatbelt ? seatbelt.missing : undefined;
  if ("missing" in launcher) return launcher.missing;
  if (launcher.landlock < LANDLOCK_WHOLE) return `this kernel has Landlock ${launcher.landlock}, and ${LANDLOCK_WHOLE} (Linux 6.12) is the first that keeps signals away from others`;
  return launcher.seccomp ? undefined : `the launcher knows no system call filter for ${process.arch}`;
}

/** Being there is not enough: distributions forbid user namespaces, and containers do. So it has to start something. */
async function findBubblewrap(path: string | undefined): Promise<Machine["bubblewrap"]> {
  const [file] = onPath("bwrap", path);
  if (file === undefined) return { missing: "bwrap is not on PATH" };
  const [version, start] = await Promise.all([run(file, ["--version"]), run(file, bubblewrapProbe())]);
  if (!start.ok) return { missing: `${file} is there and cannot start anything (${start.text.slice(0, 200)})` };
  return { path: file, version: /[\d.]+/.exec(version.text)?.[0] ?? "of unknown version" };
}

async function findSeatbelt(): Promise<Machine["seatbelt"]> {
  const path = "/usr/bin/sandbox-exec";
  const start = await run(path, ["-p", "(version 1)(allow default)", "/usr/bin/true"]);
  return start.ok ? { path } : { missing: `sandbox-exec cannot start anything (${start.text.slice(0, 200)})` };
}
