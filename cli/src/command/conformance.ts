import { process as processMode } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { worker } from "@sallyport/adapter-worker";
import { SallyportError } from "@sallyport/bus";
import { formatReport, runConformance } from "@sallyport/conformance";
import type { Adapter, PluginSpec } from "@sallyport/kernel";
import { readPlugin } from "@sallyport/manifest";
import type { TargetOptions } from "../options.js";
import { plainText, renderValue } from "../render/value.js";
import { EXIT } from "../report.js";
import { permitted } from "../target.js";
import type { Terminal } from "../terminal.js";

const ADAPTERS: Readonly<Record<string, () => Adapter>> = { stdio, process: processMode, worker };

/** `sallyport check --conformance PATH`: the demo plugin of some language or kit, case by case. */
export async function conformanceCommand(path: string, options: TargetOptions, terminal: Terminal): Promise<number> {
  const spec: PluginSpec = { path, base: process.cwd(), ...(options.mode !== undefined && { mode: options.mode }), ...(options.permit && { permissions: permitted(options.permit) }) };
  await using adapter = await adapterFor(spec);
  const report = await runConformance({
    adapter,
    spec,
    ...(options.grant && { grants: options.grant }),
    onCase: ({ id, outcome }) => terminal.status(`${outcome} ${id}`),
  });
  terminal.status("");
  terminal.out(options.json === true ? renderValue(report) : plainText(formatReport(report)));
  return report.ok ? EXIT.OK : EXIT.FAILED;
}

async function adapterFor(spec: PluginSpec): Promise<Adapter> {
  const source = await readPlugin(spec, AbortSignal.timeout(10_000));
  const mode = spec.mode ?? source?.manifest?.mode ?? (source?.kind === "executable" ? "stdio" : "process");
  const make = Object.hasOwn(ADAPTERS, mode) ? ADAPTERS[mode] : undefined;
  if (make !== undefined) return make();
  throw new SallyportError("invalid_argument", `--mode ${mode}: the suite runs from here in mode ${Object.keys(ADAPTERS).join(", ")}`, {
    help: "For a mode of your own call runConformance({ adapter, spec }) of @sallyport/conformance in a test.",
  });
}
