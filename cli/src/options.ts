import { InvalidArgumentError, Option, type Command } from "commander";
import type { Trust } from "@sallyport/kernel";

export interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly debug?: boolean;
}

/** Where a command's plugins come from: a config, or one plugin named on the command line. */
export interface TargetOptions extends CommonOptions {
  readonly plugin?: string;
  readonly mode?: string;
  readonly trust?: Trust;
  readonly grant?: readonly string[];
}

export function withCommon(command: Command): Command {
  return command
    .option("-c, --config <file>", "the config; default: sallyport.json in the working directory or above it")
    .option("--json", "results and errors as JSON on stdout")
    .option("--debug", "keep plugins' stacks in errors");
}

export function withTarget(command: Command): Command {
  return withCommon(command)
    .addOption(new Option("-p, --plugin <path>", "one plugin, without a config").conflicts("config"))
    .option("--mode <mode>", "isolation mode of --plugin: inline, worker, process, stdio")
    .addOption(new Option("--trust <trust>", "trust in --plugin").choices(["untrusted", "reviewed", "trusted"]))
    .option("--grant <grant>", "grant for --plugin, such as call:ledger.*; repeatable", (value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
}

export function positiveMs(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 86_400_000) throw new InvalidArgumentError("Expected whole milliseconds from 1 to 86400000.");
  return value;
}
