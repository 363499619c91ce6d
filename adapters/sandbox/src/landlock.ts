import { real } from "./system.js";
import type { Layout } from "./layout.js";
import type { Network } from "./network.js";
import type { Wish } from "./options.js";

/** What the filter of system calls has to know of the program. */
type Conduct = Pick<Wish, "alone" | "serves" | "dials">;

/** Of /proc and /dev what belongs to nobody, and its own entry. Children find their own entry closed. */
const READ = ["/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/uptime", "/proc/version", "/proc/filesystems", "/proc/sys", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];
const WRITE = ["/dev/null"];

/** The launcher's arguments where it is all that confines. `home` is a folder made for this one start, for those that have use for one. */
export function landlockArgs(layout: Layout, home: string | undefined, may: Conduct): readonly string[] {
  const read = [...layout.read.map(({ from }) => from), ...layout.links.flatMap(({ at }) => real(at) ?? [])];
  return [
    ...netArgs(layout.network, may),
    "files=all",
    ...portArgs(layout.network),
    ...unique([...READ, ...read]).map((path) => `read=${path}`),
    ...unique([...WRITE, ...layout.write, ...(home === undefined ? [] : [home])]).map((path) => `write=${path}`),
    ...execArgs(layout),
  ];
}

/** The same inside bubblewrap, where mounts decide about files and what is left is what may be started. */
export function innerArgs(layout: Layout, launcher: { readonly landlock: number; readonly seccomp: boolean }, may: Conduct): readonly string[] {
  return [
    ...(launcher.seccomp ? netArgs(layout.network, may) : []),
    ...(launcher.landlock > 0 ? ["files=exec", ...portArgs(layout.network), ...execArgs(layout)] : []),
  ];
}

function execArgs({ exec }: Layout): readonly string[] {
  return exec.map((path) => `exec=${path}`);
}

/** `net` is what switches the filter of system calls on. */
function netArgs(network: Network, { alone, serves, dials }: Conduct): readonly string[] {
  return [`net=${network.kind === "ports" ? "tcp" : network.kind}`, ...(alone === true ? ["alone=1"] : []), ...(serves === true ? ["serve=1"] : []), ...(dials === true ? ["dial=1"] : [])];
}

function portArgs(network: Network): readonly string[] {
  return network.kind === "ports" ? network.ports.map((port) => `tcp=${port}`) : [];
}

function unique(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)];
}
