import { readdir, readFile } from "node:fs/promises";
import process from "node:process";

/** What the system says about this process and everything under it. */
export interface Usage {
  /** Pages in memory, shared ones included, MiB. */
  readonly residentMib: number;
  /** Pages that nobody else has, MiB. */
  readonly privateMib: number;
  /** CPU time of all of them, ended children not included, ms. */
  readonly cpuMs: number;
}

const KIB_PER_MIB = 1024;
/** USER_HZ, which Linux fixes at 100 for what it tells programs. */
const MS_PER_TICK = 10;

/** `undefined` where the system has no /proc to read it from. */
export async function readUsage(): Promise<Usage | undefined> {
  if (process.platform !== "linux") return undefined;
  const pids = await tree(process.pid);
  const each = await Promise.all(pids.map(usageOf));
  const sum = (key: keyof Usage): number => each.reduce((total, usage) => total + (usage?.[key] ?? 0), 0);
  return { residentMib: sum("residentMib"), privateMib: sum("privateMib"), cpuMs: sum("cpuMs") };
}

async function tree(root: number): Promise<readonly number[]> {
  const children = new Map<number, number[]>();
  for (const name of await readdir("/proc")) {
    const stat = /^\d+$/.test(name) ? await statOf(Number(name)) : undefined;
    if (stat === undefined) continue;
    const siblings = children.get(stat.parent) ?? [];
    siblings.push(Number(name));
    children.set(stat.parent, siblings);
  }
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

async function usageOf(pid: number): Promise<Usage | undefined> {
  const [rollup, stat] = await Promise.all([readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => undefined), statOf(pid)]);
  if (rollup === undefined || stat === undefined) return undefined;
  const mib = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(rollup)?.[1] ?? 0) / KIB_PER_MIB;
  return { residentMib: mib("Rss"), privateMib: mib("Private_Clean") + mib("Private_Dirty"), cpuMs: stat.cpuMs };
}

/** Fields after the name, which may hold spaces and parentheses itself. */
async function statOf(pid: number): Promise<{ readonly parent: number; readonly cpuMs: number } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields === undefined ? undefined : { parent: Number(fields[1]), cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK };
}
