import { isSallyportError, toErrorObject, type ErrorObject } from "@sallyport/bus";
import { findConfig, namedConfig } from "../config/find.js";
import { readConfig } from "../config/read.js";
import type { ResolvedConfig } from "../config/types.js";
import { allModes, holding } from "../modes.js";
import { lookAtMachine } from "../doctor/machine.js";
import { modeReports } from "../doctor/modes.js";
import { reportPlugin } from "../doctor/plugins.js";
import { interruptible } from "../interrupt.js";
import type { CommonOptions } from "../options.js";
import { renderDoctor } from "../render/doctor.js";
import { renderValue } from "../render/value.js";
import { EXIT } from "../report.js";
import type { Terminal } from "../terminal.js";

/** `sallyport doctor`: what this machine can enforce in each mode, and what the config's plugins would get. */
export async function doctorCommand(options: CommonOptions, terminal: Terminal): Promise<number> {
  using interrupt = interruptible();
  const { signal } = interrupt;
  await using adapters = holding(allModes({}, { spares: 0 }));
  const [machine, modes, { config, error }] = await Promise.all([lookAtMachine(), modeReports(adapters.list, signal), configOf(options, signal)]);
  const plugins = await Promise.all((config?.plugins ?? []).map((plugin) => reportPlugin(plugin, adapters.list, modes, signal)));
  const isFine = error === undefined && plugins.every((plugin) => plugin.error === undefined && plugin.problems.length === 0);
  const report = { ok: isFine, node: process.versions.node, platform: process.platform, machine, modes, ...(config?.file !== undefined && { config: config.file }), ...(error && { error }), plugins };
  terminal.out(options.json === true ? renderValue(report) : renderDoctor(report, terminal.room?.columns ?? WIDTH, terminal.outColors));
  return isFine ? EXIT.OK : EXIT.FAILED;
}

/** Where nobody says how wide. */
const WIDTH = 80;

/** A machine can be looked at without a config; one that is named has to be there. */
async function configOf({ config: named }: CommonOptions, signal: AbortSignal): Promise<{ readonly config?: ResolvedConfig; readonly error?: ErrorObject }> {
  try {
    return { config: await readConfig(named === undefined ? await findConfig(process.cwd()) : await namedConfig(named, process.cwd()), signal) };
  } catch (error) {
    return named === undefined && isSallyportError(error) && error.code === "not_found" ? {} : { error: toErrorObject(error) };
  }
}
