import type { Layout } from "./layout.js";

/** Everything of its own, and an end with the host. */
const ALONE = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"];

/** Where the launcher is found inside: the one place that is there whatever is opened. */
export const INNER_LAUNCHER = "/dev/.sallyport-launcher";
export const INNER_HOME = "/tmp";

type Mount = readonly [at: string, ...args: string[]];

/**
 * bubblewrap's arguments up to the program. Its environment is what bubblewrap is started with: `--setenv` would show it to
 * every user of the machine, in the arguments.
 */
export function bubblewrapArgs(layout: Layout, options: { readonly cwd: string; readonly diskMb: number; readonly launcher: string | undefined }): readonly string[] {
  const { cwd, diskMb, launcher } = options;
  const size = String(diskMb * 2 ** 20);
  // Later ones win; parents come before what is mounted inside them.
  const mounts = new Map<string, Mount>();
  const put = (at: string, ...args: string[]): void => void mounts.set(at, [at, ...args]);
  put("/tmp", "--size", size, "--tmpfs", "/tmp");
  for (const { at, from } of layout.read) put(at, "--ro-bind", from, at);
  for (const at of layout.write) put(at, "--bind", at, at);
  // Files of /proc/sys belong to root, who may write them by owning them, without any capability: for a host that runs as
  // root this line is what keeps a plugin from the kernel's own settings.
  put("/proc", "--proc", "/proc", "--remount-ro", "/proc");
  // Its shared memory is a file system too, and one without a bound of its own.
  put("/dev", "--dev", "/dev", "--size", size, "--tmpfs", "/dev/shm", ...(launcher === undefined ? [] : ["--ro-bind", launcher, INNER_LAUNCHER]), "--remount-ro", "/dev");
  const sorted = [...mounts.values()].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...ALONE,
    ...(layout.network.kind === "none" ? [] : ["--share-net"]),
    ...layout.links.flatMap(({ at, to }) => ["--symlink", to, at]),
    ...sorted.flatMap(([, ...args]) => args),
    "--dir", cwd,
    // What the mounts rest on is a file system in memory as well.
    "--remount-ro", "/",
    "--chdir", cwd,
    "--",
  ];
}

/** The same in small: with each kind of mount, so that what works here works later. */
export function bubblewrapProbe(): readonly string[] {
  return [...ALONE, "--ro-bind", "/", "/", "--size", "1048576", "--tmpfs", "/tmp", "--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev", "--size", "1048576", "--tmpfs", "/dev/shm", "--remount-ro", "/dev", "--", "/bin/sh", "-c", "exit 0"];
}
