import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import process from "node:process";
import { parseArgs } from "node:util";
import { openCorpus } from "./corpus.js";
import { startCoverage } from "./coverage.js";
import { fuzz } from "./fuzz.js";
import { targets } from "./targets.js";

const { values } = parseArgs({ options: { target: { type: "string", multiple: true }, seconds: { type: "string", default: "60" }, seed: { type: "string" }, save: { type: "boolean", default: false }, list: { type: "boolean", default: false } } });
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const root = new URL("../../../../../", import.meta.url);
const all = targets(root);
if (values.list) {
  for (const { name } of all) console.log(name);
  process.exit(0);
}
const chosen = all.filter(({ name }) => values.target?.includes(name) ?? true);
if (chosen.length === 0) {
  console.error(`There is no target '${values.target?.join("', '")}'; there are ${all.map(({ name }) => name).join(", ")}.`);
  process.exit(2);
}
/** Shared out among the targets. */
const seconds = Number(values.seconds) / chosen.length;
const folder = (name: string): string => fileURLToPath(new URL(`test/fuzz/${name}/`, root));
const OURS = /\/(bus|kernel|adapters\/(manifest|capnp))\/dist\//;

let crashes = 0;
console.log(`seed ${seed}, ${Math.round(seconds)} s a target`);
console.log("target            runs     accepted  blocks  new  corpus  slowest ms  crashes");
for (const target of chosen) {
  using coverage = startCoverage(OURS);
  const corpus = openCorpus(folder(`corpus/${target.name}`));
  const report = await fuzz({
    target, coverage, seed, seconds, corpus: corpus.read(),
    crashed(bytes, error) {
      mkdirSync(folder("crashes"), { recursive: true });
      const file = `${folder("crashes")}${target.name}-${seed}-${bytes.length}-${Math.random().toString(36).slice(2, 8)}`;
      writeFileSync(file, bytes);
      console.error(`${target.name}, seed ${seed}: ${String((error as Error)?.stack ?? error)}\n  input: ${file}`);
    },
  });
  crashes += report.crashes;
  if (values.save) corpus.replace(report.corpus);
  console.log(`${target.name.padEnd(16)} ${String(report.runs).padStart(8)} ${`${Math.round((100 * report.accepted) / Math.max(1, report.runs))} %`.padStart(9)} ${String(report.blocks).padStart(7)} ${String(report.newBlocks).padStart(4)} ${String(report.corpus.length).padStart(7)} ${report.slowestMs.toFixed(1).padStart(11)} ${String(report.crashes).padStart(8)}`);
}
for (const target of all) (target as Partial<Disposable>)[Symbol.dispose]?.();
process.exitCode = crashes === 0 ? 0 : 1;
