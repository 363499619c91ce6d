import { readFile, stat } from "node:fs/promises";
import { SallyportError } from "@sallyport/bus";
import { compileSchema, parseJson } from "@sallyport/manifest";
import { jsonBeside } from "./options.js";
import type { Snapshot } from "./snapshot.js";

const MOST_BYTES = 32 << 20;
const amount = { type: "number", minimum: 0 };
const text = { type: "string", maxLength: 4096 };
const check = compileSchema({
  type: "object",
  required: ["format", "at", "pid", "host", "plugins"],
  properties: {
    format: { const: 1 }, at: amount, pid: amount,
    host: { type: "object", required: ["residentBytes"], properties: { residentBytes: amount } },
    plugins: {
      type: "array",
      items: {
        type: "object",
        required: ["name", "mode", "state", "calls", "errors", "denied", "restarts", "inFlight", "queued", "latency", "unsafe"],
        properties: {
          name: text, mode: text, state: text, instance: text, confined: text, health: text, unsafe: { type: "boolean" },
          calls: amount, errors: amount, denied: amount, restarts: amount, inFlight: amount, queued: amount, bytesIn: amount, bytesOut: amount,
          latency: { type: "object", required: ["count", "p50Ms", "p99Ms"], properties: { count: amount, p50Ms: amount, p99Ms: amount } },
          usage: { type: "object", properties: { cpuMs: amount, memoryBytes: amount } },
        },
      },
    },
  },
});

/** What a running host wrote last. Throws `not_found`, and `invalid_argument` for what is no snapshot. */
export async function readSnapshot(named: string): Promise<Snapshot> {
  const file = jsonBeside(named);
  const help = 'A host writes it when its config says "metrics": { "file": "metrics.prom" }.';
  const stats = await stat(file).catch((cause: Error) => {
    throw new SallyportError("not_found", `${file} cannot be read: ${cause.message}`, { path: file, help });
  });
  if (!stats.isFile() || stats.size > MOST_BYTES) throw new SallyportError("invalid_argument", `${file} is no file of metrics`, { path: file, help });
  const { value } = parseJson(file, await readFile(file, "utf8"));
  const [problem] = check(value);
  if (problem !== undefined) throw new SallyportError("invalid_argument", `${file}: ${problem.pointer}: expected ${problem.expected}, got ${problem.got}`, { path: file, help });
  return value as Snapshot;
}
