import { execFile } from "node:child_process";
import { access, constants, readFile } from "node:fs/promises";
import * as module from "node:module";
import { release } from "node:os";
import { delimiter, join } from "node:path";
import { Worker } from "node:worker_threads";

/** One thing about this machine that decides what can be enforced. */
export interface Check {
  readonly name: string;
  /** `lacking`: something is weaker for it. `note`: worth knowing. */
  readonly status: "ok" | "note" | "lacking";
  readonly text: string;
  /** A command, or a sentence. */
  readonly fix?: string;
}

const TOOL_TIMEOUT_MS = 5000;

/** Looks at the machine; changes nothing and starts nothing but `--version`. */
export async function lookAtMachine(): Promise<readonly Check[]> {
  const common = [node(), user()];
  if (process.platform !== "linux") return [...common, { name: "system", status: "lacking", text: `${process.platform} ${release()}: tried on Linux only`, fix: "Run hosts of unreviewed programs on Linux." }];
  const install = await installer();
  return [...common, system(), ...(await Promise.all([bubblewrap(install), landlock(), compiler(install), prlimit(install), namespaces(), yama(), cgroups()]))];
}

function node(): Check {
  const lacks = [
    ...("registerHooks" in module ? [] : ["hooks that refuse a guest's imports a second time (22)"]),
    ...(process.allowedNodeEnvironmentFlags.has("--disable-sigusr1") ? [] : ["a switch against the inspector that SIGUSR1 opens (22, a handler stands in for it)"]),
    ...("getHeapStatistics" in Worker.prototype ? [] : ["the memory of a thread that is busy (22.16)"]),
    ...((process.features as { readonly typescript?: unknown }).typescript ? [] : ["TypeScript in mode inline (22.18)"]),
  ];
  if (lacks.length === 0) return { name: "Node", status: "ok", text: process.versions.node };
  return { name: "Node", status: "note", text: `${process.versions.node} lacks ${lacks.join("; ")}`, fix: "Run Node 24 or newer." };
}

function user(): Check {
  const uid = process.getuid?.();
  if (uid === undefined) return { name: "user", status: "note", text: "this system has no user ids to look at" };
  if (uid !== 0) return { name: "user", status: "ok", text: `id ${uid}, not root` };
  return { name: "user", status: "lacking", text: "root: whatever gets out of a plugin is root, and the system bounds no number of processes for root", fix: "Run the host as a user of its own: sudo useradd --system sallyport, then sudo -u sallyport ..." };
}

function system(): Check {
  return { name: "system", status: "ok", text: `Linux ${release()} ${process.arch}` };
}

async function bubblewrap(install: (name: string) => string): Promise<Check> {
  const version = await versionOf("bwrap");
  if (version === undefined) return { name: "bubblewrap", status: "lacking", text: "is not installed", fix: install("bubblewrap") };
  return { name: "bubblewrap", status: "ok", text: version };
}

async function landlock(): Promise<Check> {
  const modules = await textOf("/sys/kernel/security/lsm");
  if (modules === undefined) return { name: "Landlock", status: "note", text: "its switch cannot be read here (/sys/kernel/security is not mounted); whether it is used is told below" };
  if (modules.split(",").includes("landlock")) return { name: "Landlock", status: "ok", text: "is on" };
  return { name: "Landlock", status: "lacking", text: `is off: this kernel runs ${modules}`, fix: `Linux 5.13 or newer; add lsm=landlock,${modules} to the kernel's command line and start again` };
}

async function compiler(install: (name: string) => string): Promise<Check> {
  for (const name of ["cc", "gcc", "clang"]) if (await found(name)) return { name: "C compiler", status: "ok", text: `${name}, builds the launcher once` };
  return { name: "C compiler", status: "note", text: "there is none to build the launcher with; bubblewrap does without", fix: install("gcc libc6-dev") };
}

async function prlimit(install: (name: string) => string): Promise<Check> {
  return (await found("prlimit")) ? { name: "prlimit", status: "ok", text: "is there" } : { name: "prlimit", status: "note", text: "is not there; the launcher or a shell sets limits instead", fix: install("util-linux") };
}

async function namespaces(): Promise<Check> {
  const name = "user namespaces";
  const [most, clone, apparmor] = await Promise.all(["user/max_user_namespaces", "kernel/unprivileged_userns_clone", "kernel/apparmor_restrict_unprivileged_userns"].map((key) => textOf(`/proc/sys/${key}`)));
  if (most === "0") return { name, status: "lacking", text: "are switched off", fix: "sudo sysctl user.max_user_namespaces=15000" };
  if (clone === "0") return { name, status: "lacking", text: "are for root alone", fix: "sudo sysctl kernel.unprivileged_userns_clone=1" };
  if (apparmor === "1") return { name, status: "note", text: "are only for programs with an AppArmor profile", fix: "Give bwrap one (man apparmor.d), or: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0" };
  return { name, status: "ok", text: "can be made" };
}

async function yama(): Promise<Check> {
  const scope = await textOf("/proc/sys/kernel/yama/ptrace_scope");
  const name = "ptrace";
  if (scope !== undefined && scope !== "0") return { name, status: "ok", text: `yama.ptrace_scope is ${scope}: programs of this user attach to their own children only` };
  const text = `${scope === undefined ? "this kernel has no Yama" : "yama.ptrace_scope is 0"}: any program of this user can read the host's memory, unless a sandbox holds it`;
  return { name, status: "note", text, ...(scope === "0" && { fix: "sudo sysctl kernel.yama.ptrace_scope=1" }) };
}

async function cgroups(): Promise<Check> {
  const controllers = await textOf("/sys/fs/cgroup/cgroup.controllers");
  return { name: "cgroups", status: "note", text: `${controllers === undefined ? "no version 2 here" : "version 2"}; not used: a tree of processes is measured from outside and ended above its limits` };
}

async function versionOf(program: string): Promise<string | undefined> {
  const text = await new Promise<string | undefined>((resolve) => {
    execFile(program, ["--version"], { timeout: TOOL_TIMEOUT_MS, encoding: "utf8" }, (error, stdout) => resolve(error === null ? stdout : undefined));
  });
  return text === undefined ? undefined : (/\d[\d.]*/.exec(text)?.[0] ?? "of unknown version");
}

async function found(program: string): Promise<boolean> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const isThere = await access(join(folder, program), constants.X_OK).then(() => folder !== "", () => false);
    if (isThere) return true;
  }
  return false;
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").then((text) => text.trim(), () => undefined);
}

const INSTALLERS: readonly (readonly [family: RegExp, command: string])[] = [
  [/debian|ubuntu/, "sudo apt-get install"],
  [/fedora|rhel|centos/, "sudo dnf install"],
  [/arch/, "sudo pacman -S"],
  [/alpine/, "sudo apk add"],
  [/suse/, "sudo zypper install"],
];

async function installer(): Promise<(name: string) => string> {
  const names = [...((await textOf("/etc/os-release")) ?? "").matchAll(/^ID(?:_LIKE)?="?([^"\n]*)/gm)].map(([, name]) => name).join(" ");
  const command = INSTALLERS.find(([family]) => family.test(names))?.[1];
  return (name) => (command === undefined ? `Install ${name} with the system's package manager.` : `${command} ${name}`);
}
