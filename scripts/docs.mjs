// Writes the generated part of README.md: the table of modes, from the traits that the adapters declare.
// `--check` changes nothing and fails when the part is not up to date.
import { readFileSync, writeFileSync } from "node:fs";
import { inline } from "@sallyport/adapter-inline";
import { process as processMode } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { worker } from "@sallyport/adapter-worker";

const file = new URL("../README.md", import.meta.url);
const adapters = [processMode(), worker(), stdio(), inline({})];
const rows = adapters.map(({ mode, entries, trust, traits }) =>
  [`[\`${mode}\`](adapters/${mode}/README.md)`, entries.join(", "), trust, traits.memory, traits.crash, traits.stop, traits.authority, traits.stops, traits.costs],
);
const head = ["mode", "runs", "picked unnamed for", "memory", "a crash is", "a hang is ended", "authority", "stops", "costs"];
const table = [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
await Promise.all(adapters.map((adapter) => adapter[Symbol.asyncDispose]()));

const text = readFileSync(file, "utf8");
const next = text.replace(/(<!-- modes:begin -->\n)[\s\S]*?(<!-- modes:end -->)/, `$1${table}\n$2`);
if (next !== text && process.argv.includes("--check")) {
  console.error("README.md: the table of modes is not what the adapters' traits say; run `npm run docs`.");
  process.exit(1);
}
if (next !== text) writeFileSync(file, next);
