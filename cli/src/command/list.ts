import type { Kernel } from "@sallyport/kernel";
import { interruptible } from "../interrupt.js";
import type { TargetOptions } from "../options.js";
import { renderPlugins } from "../render/plugins.js";
import { renderApi } from "../render/table.js";
import { renderValue } from "../render/value.js";
import { EXIT, logHooks } from "../report.js";
import { openTarget } from "../target.js";
import type { Colors, Terminal } from "../terminal.js";

/** Where nobody says how wide. */
const WIDTH = 100;

/** `sallyport list`: what the config loads, and what each may do. */
export function listCommand(options: TargetOptions, terminal: Terminal): Promise<number> {
  return describe(options, terminal, (kernel) => kernel.list(), renderPlugins);
}

/** `sallyport api`: every method that can be called. */
export function apiCommand(options: TargetOptions, terminal: Terminal): Promise<number> {
  return describe(options, terminal, (kernel) => kernel.api(), renderApi);
}

async function describe<T>(options: TargetOptions, terminal: Terminal, read: (kernel: Kernel) => readonly T[], render: (rows: readonly T[], colors: Colors, columns: number) => string): Promise<number> {
  using interrupt = interruptible();
  await using kernel = await openTarget(options, { signal: interrupt.signal, hooks: { log: logHooks(terminal, options).log }, describeOnly: true, observe: "none" });
  const rows = read(kernel);
  terminal.out(options.json === true ? renderValue(rows) : render(rows, terminal.outColors, terminal.room?.columns ?? WIDTH));
  return EXIT.OK;
}
