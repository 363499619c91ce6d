import { isSallyportError, toErrorObject } from "@sallyport/bus";
import type { Hooks } from "@sallyport/kernel";
import type { CommonOptions } from "./options.js";
import { renderError } from "./render/error.js";
import { plainText, renderValue } from "./render/value.js";
import type { Terminal } from "./terminal.js";

/**
 * What a run ends with. `FAILED`: the call was made and failed. `USAGE`: it was never made, since the command,
 * the config or a plugin in it is wrong.
 */
export const EXIT = { OK: 0, FAILED: 1, USAGE: 2 } as const;

/** Shows an error: as JSON on stdout with `--json`, since it is the result then; as prose on stderr without. */
export function reportError(thrown: unknown, terminal: Terminal, options: CommonOptions): void {
  const error = toErrorObject(thrown, { stack: options.debug === true || !isSallyportError(thrown) });
  if (options.json === true) terminal.out(renderValue(error));
  else terminal.err(renderError(error, terminal.errColors));
}

/** Indented after the first line: a line of its own could pass for another plugin's. */
function logged(message: string): string {
  return plainText(message).replaceAll("\n", "\n    ");
}

/**
 * Plugins' logs on stderr, a line each; with `--json` an object a line.
 * @param wishes also tell what a plugin would like to hear and may not: of interest where it stays, not for one call
 */
export function logHooks(terminal: Terminal, options: CommonOptions, wishes = true): Required<Pick<Hooks, "log" | "lifecycle">> {
  const { errColors: colors } = terminal;
  const paint = { debug: colors.dim, info: colors.green, warn: colors.yellow, error: colors.red } as const;
  return {
    log(entry) {
      if (options.json === true) return terminal.err(renderValue(entry));
      const fields = entry.fields === undefined ? "" : ` ${renderValue(entry.fields)}`;
      terminal.err(`${colors.dim(`[${entry.plugin}]`)} ${paint[entry.level](entry.level)} ${logged(entry.message)}${colors.dim(fields)}`);
    },
    lifecycle(event) {
      if (!wishes && event.event === "denied" && event.reason?.startsWith("subscribe:") === true) return;
      // The kernel logs a crash itself.
      if (event.event === "breaker_open" || event.event === "denied") {
        const text = `${event.event.replace("_", " ")}${event.reason === undefined ? "" : `: ${event.reason}`}`;
        if (options.json === true) terminal.err(renderValue({ ...event }));
        else terminal.err(`${colors.dim(`[${event.plugin}]`)} ${colors.yellow(logged(text))}`);
      }
    },
  };
}
