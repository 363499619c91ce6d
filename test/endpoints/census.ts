import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Ways in: what another program could connect to or write into by name. */
export interface Endpoints {
  /** Sockets of the tree that listen or have an address: `tcp 0100007F:1F90`, `unix @name`. */
  readonly listening: readonly string[];
  /** Files that the tree has open, beside libraries, devices and pipes. */
  readonly files: readonly string[];
}

/** The process `root` and all that it has started. */
export function tree(root: number): number[] {
  const out = [root];
  for (let i = 0; i < out.length; i++) {
    for (const task of list(`/proc/${out[i]}/task`)) out.push(...text(`/proc/${out[i]}/task/${task}/children`).split(" ").filter(Boolean).map(Number));
  }
  return out;
}

/** Looks at the tables of the system and the descriptors of each process of the tree, as `lsof` does. */
export function endpoints(root: number): Endpoints {
  const inodes = new Set<string>();
  const files = new Set<string>();
  for (const pid of tree(root)) {
    for (const fd of list(`/proc/${pid}/fd`)) {
      const target = link(`/proc/${pid}/fd/${fd}`);
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined) inodes.add(inode);
      else if (target.startsWith("/") && !target.startsWith("/dev/") && !target.startsWith("/proc/")) files.add(target);
    }
  }
  const listening: string[] = [];
  for (const protocol of ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"]) {
    for (const line of text(`/proc/${root}/net/${protocol}`).split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      // A connection of ours to somebody would be as wrong: nothing here has business with a network.
      if (inodes.has(fields[9] ?? "")) listening.push(`${protocol} ${fields[1]} ${fields[3]}`);
    }
  }
  for (const line of text(`/proc/${root}/net/unix`).split("\n").slice(1)) {
    const [, , , flags, , , inode, path] = line.trim().split(/\s+/);
    // 00010000: it accepts connections. Node's pipes to a child are a pair of sockets without a name.
    if (inodes.has(inode ?? "") && (flags === "00010000" || path !== undefined)) listening.push(`unix ${path ?? "without a name"}`);
  }
  return { listening, files: [...files].sort() };
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
function text(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
function link(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return "";
  }
}
