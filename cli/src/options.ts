import { InvalidArgumentError, Option, type Command } from "commander";
import { MAX_LIMITS } from "@sallyport/bus";
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
  /** `run:awk`, `read:../data`. */
  readonly permit?: readonly string[];
}

export const TRUSTS: readonly Trust[] = ["untrusted", "reviewed", "trusted"];

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
    .addOption(new Option("--trust <trust>", "trust in --plugin").choices(TRUSTS))
    .option("--grant <grant>", "grant for --plugin, such as call:ledger.*; repeatable", repeatable)
    .option("--permit <permission>", "what the sandbox opens to --plugin, such as run:awk, read:./data or net:*; repeatable", repeatable);
}

export function positiveMs(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 86_400_000) throw new InvalidArgumentError("Expected whole milliseconds from 1 to 86400000.");
  return value;
}

/** Milliseconds, also of less than one. */
export function someMs(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || value <= 0 || value > 86_400_000) throw new InvalidArgumentError("Expected milliseconds, such as 5 or 0.2.");
  return value;
}

export function byteCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 2 ** 40) throw new InvalidArgumentError("Expected a number of bytes, such as 4096.");
  return value;
}

/** `1,64`: each once, the least first. */
export function callCounts(text: string): readonly number[] {
  const counts = text.split(",").map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : NaN));
  if (counts.length > 8 || counts.some((count) => !(count >= 1 && count <= MAX_LIMITS.inflight))) throw new InvalidArgumentError(`Expected whole numbers from 1 to ${MAX_LIMITS.inflight}, such as 1,64.`);
  return [...new Set(counts)].toSorted((a, b) => a - b);
}

export function repeatable(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Expected a whole number of at least 1.");
  return Number(text);
}

/** `1234:ab…`: what `sallyport audit verify` printed earlier. */
export function auditHead(text: string): { readonly seq: number; readonly hash: string } {
  const [, seq, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined) throw new InvalidArgumentError("Expected SEQ:HASH, as audit verify prints it.");
  return { seq: Number(seq), hash };
}
