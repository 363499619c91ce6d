// Writes cli/figures.json, what `sallyport choose` knows of speed, from the benchmark's results.
// `node scripts/figures.mjs [RESULTS [FIGURES]]`; without results there are no figures, and `choose` says so.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

const [results = "bench/results.json", figures = "cli/figures.json"] = process.argv.slice(2);
const PAYLOAD_BYTES = { S: 110, M: 40 * 110, L: 1 << 20 };

/** Of the benchmark's modes those that are called as a mode of the kernel are it; every other that is no baseline is a language in mode stdio. */
function rowsOf({ cells, traits }) {
  const modes = new Set(traits.map(({ mode }) => mode));
  const measured = cells.filter((cell) => cell.state === "measured" && !cell.baseline && !cell.pinned);
  const calls = measured.filter((cell) => cell.payload in PAYLOAD_BYTES && cell.direction === "host-plugin" && ["calls", "payloads", "latency"].includes(cell.question) && /^[^/]+\/[SML]\/\d+$/.test(cell.id));
  const single = (id) => measured.find((cell) => cell.id === id)?.value;
  return [...new Set(calls.map((cell) => cell.mode))].flatMap((mode) => Object.keys(PAYLOAD_BYTES).flatMap((payload) => {
    const own = calls.filter((cell) => cell.mode === mode && cell.payload === payload);
    if (own.length === 0) return [];
    const startMs = single(`${mode}/start/spare`) ?? single(`${mode}/start/again`) ?? single(`${mode}/start/cold`);
    const memoryMib = single(`${mode}/memory/private`);
    return [{
      ...(modes.has(mode) ? { mode } : { mode: "stdio", lang: mode }),
      payloadBytes: PAYLOAD_BYTES[payload],
      ...(startMs !== undefined && { startMs }),
      // What shrank meanwhile was not the plugin.
      ...(memoryMib !== undefined && { memoryMib: Math.max(0, memoryMib) }),
      widths: own.toSorted((a, b) => a.inFlight - b.inFlight).map(widthOf),
    }];
  }));
}

function widthOf({ inFlight, unit, value, marginPercent, percentiles }) {
  const callsPerSecond = unit === "us" ? (1e6 / value) * inFlight : value;
  return { inFlight, callsPerSecond, ...(marginPercent !== undefined && { marginPercent }), ...(percentiles && { p50Us: percentiles.p50, p99Us: percentiles.p99 }) };
}

if (existsSync(results)) {
  const saved = JSON.parse(readFileSync(results, "utf8"));
  const { date, command, machine, versions } = saved;
  const made = `${command}, ${date.slice(0, 10)}, Node ${versions.node}, ${machine.cpu}, ${machine.usableCpus} CPUs`;
  writeFileSync(figures, `${JSON.stringify({ format: 1, made, rows: rowsOf(saved) }, undefined, 2)}\n`);
} else {
  console.error(`${results} does not exist, so ${figures} is not written; \`npm run bench -- --save\` makes it.`);
}
