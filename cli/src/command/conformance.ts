import { SallyportError } from "@sallyport/bus";
import { formatReport, runConformance } from "@sallyport/conformance";
import type { Adapter, PluginSpec } from "@sallyport/kernel";
import { readPlugin } from "@sallyport/manifest";
import { allModes } from "../modes.js";
import type { TargetOptions } from "../options.js";
import { plainText, renderValue } from "../render/value.js";
import { EXIT } from "../report.js";
import { permitted } from "../target.js";
import type { Terminal } from "../terminal.js";

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

/** The mode that the options name, the manifest, or the one that runs such an entry without any trust. */
async function adapterFor(spec: PluginSpec): Promise<Adapter> {
  const source = await readPlugin(spec, AbortSignal.timeout(10_000));
  const modes = allModes().filter(({ entries }) => !entries.includes("listed"));
  const wanted = spec.mode ?? source?.manifest?.mode;
  const found = modes.find(({ mode, entries, trust }) => (wanted === undefined ? trust === "untrusted" && entries.includes(source?.kind ?? "module") : mode === wanted));
  if (found !== undefined) return found;
  throw new SallyportError("invalid_argument", `--mode ${wanted}: the suite runs from here in mode ${modes.map(({ mode }) => mode).join(", ")}`, {
    help: "For a mode of your own call runConformance({ adapter, spec }) of @sallyport/conformance in a test.",
  });
}
