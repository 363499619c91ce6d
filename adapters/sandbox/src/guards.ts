import type { Confinement, Enforcement, Guard, Profile } from "@sallyport/kernel";
import type { Machine } from "./machine.js";
import type { Wrapper } from "./options.js";
import { RESERVED_MB } from "./rlimits.js";

type Guards = Enforcement["guards"];

/** What sets resource limits here, the best first. */
export type Limiter = "launcher" | "prlimit" | "shell";

export function limiterOf(machine: Machine): Limiter | undefined {
  if (!("missing" in machine.launcher)) return "launcher";
  if (machine.prlimit !== undefined) return "prlimit";
  return machine.shell === undefined ? undefined : "shell";
}

export const UNCONFINED: Confinement = { profile: "none", by: "nothing", guards: {} };

/** How each guard is kept by a profile on this machine. */
export function confinementBy(machine: Machine, profile: Profile, wrapper: Wrapper | undefined, alone = false): Confinement {
  if (profile === "none") return UNCONFINED;
  const limiter = limiterOf(machine);
  const by = [wrapper && named(machine, wrapper), limiter && named(machine, limiter)].filter((part) => part !== undefined);
  return { profile, by: [...new Set(by)].join(", "), guards: { ...limits(machine, wrapper), ...(profile === "strict" && wrapper !== undefined && STRICT[wrapper](machine)), ...(wrapper === "landlock" && alone && ALONE) } };
}

function named({ bubblewrap, launcher }: Machine, tool: Wrapper | Limiter): string {
  if (tool === "bubblewrap" && !("missing" in bubblewrap)) return `bubblewrap ${bubblewrap.version}`;
  if ((tool === "landlock" || tool === "launcher") && !("missing" in launcher)) return `launcher (Landlock ${launcher.landlock}${launcher.seccomp ? ", seccomp" : ""})`;
  return tool === "shell" ? "ulimit" : tool === "seatbelt" ? "sandbox-exec" : tool;
}

function limits(machine: Machine, wrapper: Wrapper | undefined): Guards {
  return {
    memoryMb: `RLIMIT_DATA, ${RESERVED_MB} MiB above it, a process`,
    cpuSeconds: "RLIMIT_CPU, a process",
    descriptors: "RLIMIT_NOFILE",
    fileMb: "RLIMIT_FSIZE",
    ...(wrapper === "bubblewrap" && limiterOf(machine) !== "shell" && !machine.root && { processes: "RLIMIT_NPROC in a user namespace" }),
  };
}

const STRICT: Readonly<Record<Wrapper, (machine: Machine) => Guards>> = {
  bubblewrap: ({ launcher }) => ({
    diskMb: "tmpfs of its own",
    files: "missing" in launcher || launcher.landlock === 0 ? "mounts of its own; any program of the system can be started" : "mounts of its own; programs by Landlock",
    network: "a network namespace of its own",
    peers: "namespaces of its own (processes, IPC, users)",
    orphans: "ends with the first process of its namespace",
  }),
  landlock: () => ({ files: "Landlock", network: "seccomp: no sockets; Landlock: ports", peers: "Landlock: no tracing, no signals outside" }),
  seatbelt: () => ({ files: "sandbox-exec", network: "sandbox-exec", peers: "sandbox-exec" }),
};

/** Who cannot start a process leaves none behind, and what is left ends with the host by a signal of the system. */
const ALONE: Guards = { orphans: "seccomp: no process of its own; ends with the host" };

const ALL_OF_STRICT: readonly Guard[] = ["files", "network", "peers", "orphans", "diskMb"];

/** What to install for what is not kept. */
export function remediesFor(machine: Machine, guards: Guards): Enforcement["remedies"] {
  const lacking = (wanted: readonly Guard[]): readonly Guard[] => wanted.filter((guard) => guards[guard] === undefined);
  const remedies: { guards: readonly Guard[]; help: string }[] = [];
  const strict = lacking(ALL_OF_STRICT);
  if (strict.length > 0) remedies.push({ guards: strict, help: helpFor(machine) });
  if (machine.root && guards.processes === undefined) remedies.push({ guards: ["processes"], help: "Run the host as a user of its own, not as root: the system exempts root from RLIMIT_NPROC." });
  return remedies;
}

const INSTALL = "Install bubblewrap: sudo apt-get install bubblewrap (or dnf, pacman, apk add bubblewrap).";
const NAMESPACES = "Let bubblewrap make user namespaces (Ubuntu: an AppArmor profile for bwrap, or sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0)";

/** One sentence with a command. */
export function helpFor({ bubblewrap }: Machine): string {
  if (process.platform !== "linux") return process.platform === "darwin" ? "macOS has sandbox-exec, which must be able to start programs." : "There is no sandbox for this system yet: run the host on Linux.";
  if ("missing" in bubblewrap && bubblewrap.missing.includes("PATH")) return INSTALL;
  return `${NAMESPACES}, or use Linux 6.12 with a C compiler: sudo apt-get install gcc libc6-dev.`;
}

/** The same for what bubblewrap alone keeps. */
export function bubblewrapHelp({ bubblewrap }: Machine): string {
  if (process.platform !== "linux") return "Run the host on Linux, with bubblewrap.";
  return "missing" in bubblewrap && bubblewrap.missing.includes("PATH") ? INSTALL : `${NAMESPACES}.`;
}
