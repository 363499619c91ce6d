import path from "node:path";
import process from "node:process";
import { jsonCodec, msgpackCodec, type Codec } from "@sallyport/bus";
import type { PluginDefinition } from "./definition.js";
import { runPlugin } from "./runtime.js";
import { requireHost, takeStdout } from "./stdio.js";

export interface ServeOptions {
  /** `msgpack` (default) is the faster one, `json` can be read in a terminal. A codec of somebody else's needs a host that has it too. */
  readonly codec?: "json" | "msgpack" | Codec;
}

const CODECS: Readonly<Record<"json" | "msgpack", Codec>> = { json: jsonCodec, msgpack: msgpackCodec };

/**
 * Runs a definition as this process, for mode `stdio`: stdin and stdout carry frames, everything printed goes
 * to stderr. Started by hand it says so and exits 64. Ends the process: 0 after a goodbye, 70 after a fault.
 */
export function serve(definition: PluginDefinition<never>, options: ServeOptions = {}): void {
  const file = path.basename(process.argv[1] ?? "plugin");
  requireHost(file);
  const { codec = "msgpack" } = options;
  const wire = takeStdout(typeof codec === "string" ? CODECS[codec] : codec);
  const runtime = runPlugin(definition, {
    name: definition.name ?? path.parse(file).name,
    version: definition.version ?? "0.0.0",
    args: process.argv.slice(2),
    send: wire.send,
    // The engine's own signals, which `fetch` and timers accept.
    controller: () => new AbortController(),
    stack: true,
  });
  wire.run(runtime);
}
