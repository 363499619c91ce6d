import { isAbsolute, resolve } from "node:path";
import { SallyportError } from "@sallyport/bus";
import type { Profile } from "@sallyport/kernel";
import { bubblewrapArgs, INNER_HOME, INNER_LAUNCHER } from "./bubblewrap.js";
import { innerEnvironment } from "./environment.js";
import { bubblewrapHelp, confinementBy, helpFor, limiterOf, remediesFor, UNCONFINED } from "./guards.js";
import { createHomes, type Homes } from "./homes.js";
import { innerArgs, landlockArgs } from "./landlock.js";
import type { Launcher } from "./launcher.js";
import { layoutOf } from "./layout.js";
import { lookAround, strictBy, type Machine } from "./machine.js";
import type { Confined, Sandbox, SandboxOptions, Wish, Wrapper } from "./options.js";
import { launcherLimits, prlimitArgs, rlimitsOf, shellArgs } from "./rlimits.js";
import { onPath } from "./run.js";
import { seatbeltProfile } from "./seatbelt.js";

const BY: readonly Wrapper[] = ["bubblewrap", "landlock", "seatbelt"];

export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const by = options.by ?? BY;
  let machine: Promise<Machine> | undefined;
  const look = (): Promise<Machine> => (machine ??= lookAround(options));
  const homes = createHomes();

  return {
    async confine(wish) {
      if (wish.choice === "none") return plain(wish, homes);
      const here = await look();
      wish.signal.throwIfAborted();
      const strict = strictBy(here, by);
      const profile = profileFor(wish, here, strict);
      if (profile === "none") return plain(wish, homes);
      try {
        if (!("missing" in here.launcher)) here.launcher.check();
      } catch (cause) {
        throw unavailable(wish, (cause as Error).message, "Remove it; the next start builds it again.", cause);
      }
      if (profile === "limits") return limited(wish, here, homes);
      if (wish.dials === true && strict !== "bubblewrap") {
        throw unavailable(wish, `'${wish.plugin}' calls the host back on a socket, and only bubblewrap keeps the other sockets of this machine out of its sight`, `${bubblewrapHelp(here)} Or write "sandbox": "limits", which keeps it from no file and no network.`);
      }
      return WRAP[strict as Wrapper](wish, here, homes);
    },
    async enforcement(signal, alone = false) {
      const here = await look();
      signal.throwIfAborted();
      const strict = strictBy(here, by);
      const profile = typeof strict === "string" ? "strict" : limiterOf(here) === undefined ? "none" : "limits";
      const { guards, by: tools } = confinementBy(here, profile, typeof strict === "string" ? strict : undefined, alone);
      return { profile, by: tools, guards, remedies: remediesFor(here, guards) };
    },
    [Symbol.asyncDispose]: () => homes.removeAll(),
  };
}

/** `auto` takes what there is, unless that would ignore a permission: who states one counts on the rest being closed. */
function profileFor(wish: Wish, machine: Machine, strict: Wrapper | { readonly missing: readonly string[] }): Profile {
  const { choice, permissions } = wish;
  if (choice !== "auto" && choice !== "limits" && choice !== "strict") throw new SallyportError("invalid_argument", `'${wish.plugin}': there is no sandbox '${String(choice)}'`, { plugin: wish.plugin, path: "sandbox", help: "Write auto, strict, limits or none." });
  if (choice !== "limits" && typeof strict === "string") return "strict";
  const stated = Object.values(permissions).some((list: readonly string[]) => list.length > 0);
  if (typeof strict !== "string" && (choice === "strict" || (choice === "auto" && stated))) {
    const why = choice === "strict" ? "wants profile 'strict'" : "states permissions, which only profile 'strict' keeps";
    throw unavailable(wish, `'${wish.plugin}' ${why}, and this machine cannot: ${strict.missing.join("; ")}`, helpFor(machine));
  }
  if (limiterOf(machine) !== undefined) return "limits";
  if (choice === "auto") return "none";
  throw unavailable(wish, `'${wish.plugin}' wants profile 'limits', and ${process.platform} has nothing that sets resource limits`, helpFor(machine));
}

function unavailable({ plugin }: Wish, text: string, help: string, cause?: unknown): SallyportError {
  return new SallyportError("sandbox_unavailable", text, { plugin, path: "sandbox", help, ...(cause !== undefined && { cause }) });
}

const NOTHING = async (): Promise<void> => {};

async function plain({ argv, cwd, env }: Wish, homes: Homes): Promise<Confined> {
  return { argv, env, program: argv[0] ?? "", relayed: false, confinement: UNCONFINED, ...(await folder(cwd, homes)) };
}

/** Where it starts. */
async function folder(cwd: string | undefined, homes: Homes): Promise<Pick<Confined, "cwd" | "release">> {
  if (cwd !== undefined) return { cwd, release: NOTHING };
  const home = await homes.make();
  return { cwd: home, release: () => homes.remove(home) };
}

/** The program's start under resource limits alone, by the best tool there is. */
function limiting(machine: Machine, wish: Wish, ownUsers: boolean, launcherAt: string | undefined, launcherArgs: readonly string[]): readonly string[] {
  const limits = rlimitsOf(wish.limits, { ownUsers, root: machine.root });
  if (launcherAt !== undefined) return [launcherAt, ...launcherLimits(limits), ...launcherArgs, "--"];
  if (machine.prlimit !== undefined) return prlimitArgs(machine.prlimit, limits);
  return machine.shell === undefined ? [] : shellArgs(machine.shell, limits);
}

/** Signalled when its parent's thread ends, which for a host is the main one. */
const WITH_HOST = [`parent=${process.pid}`];

async function limited(wish: Wish, machine: Machine, homes: Homes): Promise<Confined> {
  const [name = "", ...args] = wish.argv;
  // As the system would look for it; what is not there is reported by the start.
  const program = isAbsolute(name) ? name : name.includes("/") ? resolve(wish.cwd ?? "/", name) : (onPath(name, wish.env["PATH"])[0] ?? name);
  const launcher = "missing" in machine.launcher ? undefined : machine.launcher.path;
  return {
    argv: [...limiting(machine, wish, false, launcher, WITH_HOST), program, ...args],
    env: wish.env, program, relayed: false, ...(await folder(wish.cwd, homes)),
    confinement: confinementBy(machine, "limits", undefined),
  };
}

/** The ABI of Landlock that keeps abstract sockets apart, which a network namespace would. */
const ABSTRACT = 6;

const WRAP: Readonly<Record<Wrapper, (wish: Wish, machine: Machine, homes: Homes) => Promise<Confined>>> = {
  async bubblewrap(wish, machine) {
    const layout = layoutOf(wish);
    const launcher = "missing" in machine.launcher ? undefined : machine.launcher;
    if (layout.network.kind === "ports" && !((launcher?.landlock ?? 0) >= 4 && launcher?.seccomp === true)) {
      throw unavailable(wish, `'${wish.plugin}' asks for single ports, which takes the launcher and Landlock 4 (Linux 6.7)`, "Install a C compiler (sudo apt-get install gcc libc6-dev) on a kernel that has it, or grant '*'.");
    }
    if ((wish.serves === true || wish.dials === true) && layout.network.kind !== "none" && !((launcher?.landlock ?? 0) >= ABSTRACT)) {
      throw unavailable(wish, `'${wish.plugin}' has sockets of its own and asks for the network, and nothing here keeps it from the abstract sockets of this machine`, "Install a C compiler (sudo apt-get install gcc libc6-dev) on a kernel with Landlock 6 (Linux 6.12), or leave out `permissions.net`.");
    }
    const inner = limiting(machine, wish, true, launcher && INNER_LAUNCHER, launcher ? innerArgs(layout, launcher, wish) : []);
    const outer = bubblewrapArgs(layout, { cwd: wish.cwd ?? INNER_HOME, diskMb: wish.limits.diskMb, launcher: launcher?.path });
    return {
      argv: [(machine.bubblewrap as { path: string }).path, ...outer, ...inner, layout.program.path, ...wish.argv.slice(1)],
      // A plugin's folder can be gone or unreadable for others: bubblewrap goes there itself.
      cwd: "/",
      env: innerEnvironment(wish.env, layout.path, INNER_HOME),
      program: layout.program.path, relayed: true, release: NOTHING,
      confinement: confinementBy(machine, "strict", "bubblewrap"),
    };
  },
  async landlock(wish, machine, homes) {
    const layout = layoutOf(wish);
    if (wish.serves === true && layout.network.kind !== "none") {
      // Landlock keeps no program from sockets in the file system, such as a daemon's, once it may connect at all.
      throw unavailable(wish, `'${wish.plugin}' serves on a socket and asks for the network, which only bubblewrap keeps apart from the sockets of this machine`, helpFor(machine));
    }
    const launcher = machine.launcher as Launcher;
    const home = wish.alone === true && wish.home !== true ? undefined : await homes.make();
    return {
      argv: [...limiting(machine, wish, false, launcher.path, [...WITH_HOST, ...landlockArgs(layout, home, wish)]), layout.program.path, ...wish.argv.slice(1)],
      cwd: wish.cwd ?? home ?? "/",
      env: innerEnvironment(wish.env, layout.path, home ?? "/"),
      program: layout.program.path, relayed: false,
      confinement: confinementBy(machine, "strict", "landlock", wish.alone),
      release: home === undefined ? NOTHING : () => homes.remove(home),
    };
  },
  async seatbelt(wish, machine, homes) {
    const layout = layoutOf(wish);
    const home = await homes.make();
    const { network } = layout;
    const profile = seatbeltProfile({
      read: layout.read.map(({ from }) => from),
      write: [...layout.write, home],
      exec: [...layout.exec, ...(machine.shell === undefined ? [] : [machine.shell])],
      ports: network.kind === "none" ? undefined : network.kind === "any" ? [] : network.ports,
    });
    return {
      argv: [(machine.seatbelt as { path: string }).path, "-p", profile, ...limiting(machine, wish, false, undefined, []), layout.program.path, ...wish.argv.slice(1)],
      cwd: wish.cwd ?? home,
      env: innerEnvironment(wish.env, layout.path, home),
      program: layout.program.path, relayed: false,
      confinement: confinementBy(machine, "strict", "seatbelt"),
      release: () => homes.remove(home),
    };
  },
};
