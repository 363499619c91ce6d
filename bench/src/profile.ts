import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import Table from "cli-table3";

const MAIN = fileURLToPath(new URL("main.js", import.meta.url));

/** What a place in a profile belongs to, by its file; the first that fits. */
const PARTS: readonly (readonly [part: string, file: RegExp])[] = [
  ["codec", /\/bus\/dist\/(codec|framing|shared)/],
  ["peer: numbers, deadlines, credit", /\/bus\/dist\//],
  ["kernel: routing, admission, records", /\/kernel\/dist\//],
  ["ring", /\/adapters\/ring\/dist\//],
  ["adapter", /\/adapters\/[a-z]+\/dist\//],
  ["plugin kit, in the same process", /\/plugins\/sdk\/dist\//],
  ["the benchmark itself", /\/bench\//],
];

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string; readonly url: string } }[];
  readonly samples: readonly number[];
  /** µs since the sample before. */
  readonly timeDeltas: readonly number[];
}

/** Prints where the host's time goes in a cell, by V8's sampling profiler. Returns the exit code. */
export async function runProfile(id: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-profile-"));
  try {
    const child = spawn(process.execPath, ["--cpu-prof", `--cpu-prof-dir=${folder}`, MAIN, "--cell", id], { stdio: ["ignore", "ignore", "inherit"] });
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    const [file] = await readdir(folder);
    if (code !== 0 || file === undefined) throw new Error(`the cell ${id} ended with ${code ?? "a signal"} and left no profile`);
    console.log(render(id, sharesOf(JSON.parse(await readFile(join(folder, file), "utf8")) as Profile)));
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of the second half alone: the first is start and warm-up. */
export function sharesOf({ nodes, samples, timeDeltas }: Profile): ReadonlyMap<string, number> {
  const parts = new Map(nodes.map(({ id, callFrame }) => [id, partOf(callFrame.functionName, callFrame.url)]));
  const spent = new Map<string, number>();
  let total = 0;
  for (let i = samples.length >> 1; i < samples.length; i++) {
    const part = parts.get(samples[i] as number) ?? "engine and Node";
    const us = timeDeltas[i] as number;
    spent.set(part, (spent.get(part) ?? 0) + us);
    total += us;
  }
  return new Map([...spent].map(([part, us]): [string, number] => [part, (us / total) * 100]).sort((a, b) => b[1] - a[1]));
}

function partOf(functionName: string, url: string): string {
  if (functionName === "(garbage collector)") return "garbage collection";
  if (functionName === "(idle)") return "waiting";
  if (functionName === "postMessage") return "doorbells (postMessage)";
  return PARTS.find(([, file]) => file.test(url))?.[0] ?? "engine and Node";
}

function render(id: string, shares: ReadonlyMap<string, number>): string {
  const table = new Table({ head: [`the host's time in ${id}`, "%"], colAligns: ["left", "right"], style: { head: [], border: [], compact: true } });
  for (const [part, percent] of shares) table.push([part, percent.toFixed(1)]);
  return table.toString();
}
