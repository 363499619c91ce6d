import { CommanderError } from "commander";
import { isSallyportError, SallyportError } from "@sallyport/bus";
import { createProgram } from "./program.js";
import { EXIT, reportError } from "./report.js";
import { processTerminal } from "./terminal.js";

/** Runs the command line; returns the exit code, never throws. */
export async function main(args: readonly string[]): Promise<number> {
  const terminal = processTerminal();
  // Known before the options are parsed, for errors in the options themselves.
  const options = { json: args.includes("--json"), debug: args.includes("--debug") };
  let exitCode: number = EXIT.OK;
  try {
    await createProgram(terminal, (code) => (exitCode = code)).parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.OK;
      if (options.json) reportError(new SallyportError("invalid_argument", error.message, { help: "sallyport --help lists the commands and their options." }), terminal, options);
      return EXIT.USAGE;
    }
    reportError(error, terminal, options);
    return isSallyportError(error) && error.code !== "cancelled" ? EXIT.USAGE : EXIT.FAILED;
  }
}
