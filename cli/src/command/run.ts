import { confinedBy } from "../confined.js";
import { interruptible } from "../interrupt.js";
import type { CommonOptions } from "../options.js";
import { plainText, renderValue } from "../render/value.js";
import { EXIT, logHooks } from "../report.js";
import { openTarget } from "../target.js";
import type { Terminal } from "../terminal.js";

/** `sallyport run`: loads everything and keeps it running until a signal asks for the end. */
export async function runCommand(options: CommonOptions, terminal: Terminal): Promise<number> {
  using interrupt = interruptible();
  const kernel = await openTarget(options, { signal: interrupt.signal, hooks: logHooks(terminal, options), observe: "all" }).catch((error: unknown) => {
    // Asked to stop while starting: everything is closed again, and that is what was asked for.
    if (interrupt.signal.aborted) return undefined;
    throw error;
  });
  if (kernel === undefined) return EXIT.OK;
  const { outColors: out, errColors: err } = terminal;
  const plugins = kernel.list();
  if (options.json === true) terminal.out(renderValue(plugins));
  for (const plugin of options.json === true ? [] : plugins) {
    const { name, mode, state, label, methods, unsafe } = plugin;
    const facts = [mode, state, label, `${methods.length} ${methods.length === 1 ? "method" : "methods"}`, confinedBy(plugin)].filter((fact) => fact !== undefined);
    terminal.out(`${out.bold(name)} ${plainText(facts.join(", "))}${unsafe ? ` ${out.red("unsafe")}` : ""}`);
  }
  terminal.err(err.dim(`running ${plugins.length} ${plugins.length === 1 ? "plugin" : "plugins"}; SIGINT (Ctrl-C) or SIGTERM ends it, a second one at once`));
  await interrupt.wait();
  terminal.err(err.dim("draining"));
  await kernel.close();
  return EXIT.OK;
}
