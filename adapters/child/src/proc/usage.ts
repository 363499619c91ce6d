import type { Usage } from "@sallyport/bus";
import type { Family } from "./families.js";
import { parseMemory, parsePages, parseProportional, parseStat, parseTableSize, type Stat } from "./parse.js";
import { listProc, readProc, sizeOfProc } from "./read.js";

/** A process can make the kernel wait before it tells what is shared, ms. Then all of it counts as its own. */
const EXACT_MS = 250;
/** Processes of a tree that are looked at; the rest is only counted. */
const MOST_READ = 256;
const AT_ONCE = 8;
const MOST_NAMES = 4096;

interface Look { readonly stat: Stat; readonly memoryBytes: number; readonly descriptors: number | undefined }

/**
 * Adds up what a family uses. `exactAbove`: only above so much memory is it worth to find out what its processes share,
 * which takes the kernel a hundred times as long.
 */
export function createMeter(family: Family, exactAboveBytes: number): () => Promise<Usage | undefined> {
  let cpuMs = 0;
  /** CPU time of members that ended, as last seen: what their parents did not wait for would be lost. */
  let endedMs = 0;
  let before = new Map<number, Stat>();
  let tellsExactly = true;

  async function memoryOf(looks: ReadonlyMap<number, Look>): Promise<number> {
    const bytes = sum([...looks.values()], (look) => look.memoryBytes);
    if (bytes <= exactAboveBytes || looks.size === 1 || !tellsExactly) return bytes;
    const exact = await within(exactMemory(looks), EXACT_MS);
    if (exact === undefined) tellsExactly = false;
    return Math.min(bytes, exact ?? bytes);
  }

  return async () => {
    const members = await family.members();
    const looks = await lookAt(members.slice(0, MOST_READ));
    const root = looks.get(members[0] as number);
    // Gone, or on its way.
    if (root === undefined) return undefined;
    for (const [pid, stat] of before) if (looks.get(pid)?.stat.start !== stat.start) endedMs += stat.cpuMs;
    before = new Map([...looks].map(([pid, { stat }]) => [pid, stat]));
    const all = [...looks.values()];
    const own = sum(all, ({ stat }) => stat.cpuMs);
    cpuMs = Math.max(cpuMs, own + Math.max(endedMs, sum(all, ({ stat }) => stat.childCpuMs)));
    const descriptors = Math.max(...all.map((look) => look.descriptors ?? -1));
    return {
      cpuMs,
      memoryBytes: await memoryOf(looks),
      processes: sum(all, ({ stat }) => stat.threads) + members.length - all.length,
      ...(descriptors >= 0 && { descriptors }),
    };
  };
}

async function lookAt(pids: readonly number[]): Promise<Map<number, Look>> {
  const looks = new Map<number, Look>();
  for (let at = 0; at < pids.length; at += AT_ONCE) {
    await Promise.all(pids.slice(at, at + AT_ONCE).map(async (pid) => {
      const [text, status = "", open] = await Promise.all([readProc(`/proc/${pid}/stat`), readProc(`/proc/${pid}/status`), sizeOfProc(`/proc/${pid}/fd`)]);
      const stat = text === undefined ? undefined : parseStat(text);
      if (stat === undefined) return;
      const memoryBytes = parseMemory(status) ?? parsePages((await readProc(`/proc/${pid}/statm`)) ?? "");
      looks.set(pid, { stat, memoryBytes, descriptors: open > 0 ? open : await countDescriptors(pid, parseTableSize(status)) });
    }));
  }
  return looks;
}

/** Where the system does not tell. A million descriptors must not be a million names for the host. */
async function countDescriptors(pid: number, tableSize: number): Promise<number | undefined> {
  return tableSize > MOST_NAMES ? tableSize : (await listProc(`/proc/${pid}/fd`))?.length;
}

async function exactMemory(looks: ReadonlyMap<number, Look>): Promise<number> {
  const parts = await Promise.all([...looks].map(async ([pid, { memoryBytes }]) => {
    const rollup = await readProc(`/proc/${pid}/smaps_rollup`);
    return rollup === undefined || rollup === "" ? memoryBytes : parseProportional(rollup);
  }));
  return sum(parts, (bytes) => bytes);
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms).unref()));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function sum<T>(list: readonly T[], of: (item: T) => number): number {
  return list.reduce((total, item) => total + of(item), 0);
}
