import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import type { ShowCommandOptions, VerifyCommandOptions } from "./command/audit.js";
import type { BenchCommandOptions } from "./command/bench.js";
import type { CallCommandOptions } from "./command/call.js";
import type { CheckCommandOptions } from "./command/check.js";
import type { ChooseCommandOptions } from "./command/choose.js";
import { auditHead, byteCount, callCounts, positiveMs, repeatable, someMs, TRUSTS, wholeNumber, withCommon, withTarget, type CommonOptions, type TargetOptions } from "./options.js";
import type { TopCommandOptions } from "./command/top.js";
import type { Terminal } from "./terminal.js";

/**
 * The commands, each loaded when it is asked for: help and wrong usage need no adapter.
 * `done` receives the exit code of the one that ran.
 */
export function createProgram(terminal: Terminal, done: (exitCode: number) => void): Command {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { readonly version: string };
  const program = new Command("sallyport")
    .description("Plugins in any language, each behind the isolation it needs.")
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: (text) => terminal.err(text.trimEnd()) })
    .showHelpAfterError("(sallyport --help, sallyport call --help and so on tell more)");

  withCommon(program.command("run").description("load the config's plugins and keep them running until a signal"))
    .action(async (options: CommonOptions) => done(await (await import("./command/run.js")).runCommand(options, terminal)));

  withTarget(program.command("call <method> [params]").description("call a method; params are JSON, or - for stdin"))
    .option("--stream", "take a stream: one item a line")
    .option("--input <file>", "send a stream: one JSON value a line; - for stdin")
    .option("--timeout <ms>", "deadline of the call", positiveMs)
    .addHelpText("after", `\nExample:\n  sallyport call demo.upper '{"text":"hi"}' --plugin ./plugins/python`)
    .action(async (method: string, params: string | undefined, options: CallCommandOptions) => done(await (await import("./command/call.js")).callCommand(method, params, options, terminal)));

  withTarget(program.command("list").description("show plugins, modes, methods, grants and limits"))
    .action(async (options: TargetOptions) => done(await (await import("./command/list.js")).listCommand(options, terminal)));

  withTarget(program.command("check").description("check the config and every manifest without running a plugin"))
    .option("--start", "start each plugin as well")
    .option("--conformance <path>", "put an executable or plugin through the conformance suite instead")
    .action(async (options: CheckCommandOptions & { readonly conformance?: string }) => {
      if (options.conformance === undefined) return done(await (await import("./command/check.js")).checkCommand(options, terminal));
      done(await (await import("./command/conformance.js")).conformanceCommand(options.conformance, options, terminal));
    });

  program.command("diff <old> <new>").description("tell what a new version of a plugin breaks, and whether its number says so")
    .option("--json", "the changes as JSON on stdout")
    .addHelpText("after", "\nOld and new are folders or manifests. Exit code 1: the version's step promises less than what changed.")
    .action(async (before: string, now: string, options: { readonly json?: boolean }) => done(await (await import("./command/diff.js")).diffCommand(before, now, options, terminal)));

  withTarget(program.command("api").description("show every method that can be called"))
    .action(async (options: TargetOptions) => done(await (await import("./command/list.js")).apiCommand(options, terminal)));

  withTarget(program.command("top").description("run the config's plugins and show what each uses, again and again"))
    .option("--file <file>", "show what a running host writes to its metrics file instead")
    .option("--every <ms>", "time between two readings", positiveMs, 1000)
    .option("--once", "one reading, over one such time")
    .action(async (options: TopCommandOptions) => done(await (await import("./command/top.js")).topCommand(options, terminal)));

  withCommon(program.command("doctor").description("tell what this machine can enforce, mode by mode, and whether the config asks for more"))
    .action(async (options: CommonOptions) => done(await (await import("./command/doctor.js")).doctorCommand(options, terminal)));

  const audit = program.command("audit").description("check or read the log that the config's `audit` names");
  withCommon(audit.command("verify [files...]").description("find lines that were changed, removed, added or moved"))
    .option("--key <file>", "the key that its lines are authenticated with; default: the config's `keyFile`")
    .option("--head <seq:hash>", "a line that must be there, as verify printed it earlier", auditHead)
    .addHelpText("after", "\nFiles set aside (audit.jsonl.1 and so on) are read along. Exit code 1: something is wrong.")
    .action(async (files: string[], options: VerifyCommandOptions) => done(await (await import("./command/audit.js")).verifyCommand(files, options, terminal)));
  withCommon(audit.command("show [files...]").description("show its lines"))
    .option("--plugin <name>", "only lines of this plugin")
    .option("--event <name>", "only lines of this event, such as denied")
    .option("--last <n>", "only the last lines", wholeNumber)
    .action(async (files: string[], options: ShowCommandOptions) => done(await (await import("./command/audit.js")).showCommand(files, options, terminal)));

  program.command("bench <path>").description("measure a plugin of yours in every mode that runs it, and say which to take")
    .option("--method <name>", "the method to call, again and again; default: the only one")
    .option("--payload <file>", "its params: a file with one JSON value; - for stdin")
    .option("--inflight <counts>", "calls open at once", callCounts, [1, 64])
    .addOption(new Option("--trust <trust>", "trust in the plugin; inline is measured only when it is trusted").choices(TRUSTS).default("untrusted"))
    .option("--grant <grant>", "grant for the plugin, such as call:ledger.*; repeatable", repeatable)
    .option("--permit <permission>", "what the sandbox opens to it, such as run:awk, read:./data or net:*; repeatable", repeatable)
    .option("--quick", "one short round; wide margins")
    .option("--json", "the figures as JSON on stdout, for choose --figures")
    .addHelpText("after", "\nExample:\n  sallyport bench ./plugins/javascript --method demo.echo --payload order.json")
    .action(async (path: string, options: BenchCommandOptions) => done(await (await import("./command/bench.js")).benchCommand(path, options, terminal)));

  program.command("choose [plugin]").description("name the mode for a plugin of the config, or for one that need not exist yet, and say why")
    .option("-c, --config <file>", "the config that has the plugin; default: sallyport.json in the working directory or above it")
    .addOption(new Option("--prefer <what>", "what matters, as in a policy").choices(["latency", "memory"]))
    .addOption(new Option("--untrusted", "nobody has reviewed the code (the default)").conflicts(["reviewed", "trusted"]))
    .addOption(new Option("--reviewed", "somebody you trust has read it").conflicts("trusted"))
    .option("--trusted", "it is as good as your own")
    .option("--lang <lang>", "language of the plugin", "javascript")
    .option("--latency <ms>", "the longest that one call should take", someMs)
    .option("--payload-bytes <n>", "size of the larger of params and result", byteCount)
    .option("--figures <file>", "figures to go by: what sallyport bench --json printed")
    .option("--json", "the advice as JSON on stdout")
    .addHelpText("after", "\nExample:\n  sallyport choose --untrusted --lang python --latency 5")
    .action(async (plugin: string | undefined, options: ChooseCommandOptions) => {
      if (plugin === undefined) return done(await (await import("./command/choose.js")).chooseCommand(options, terminal));
      done(await (await import("./command/choose-plugin.js")).choosePluginCommand(plugin, options, terminal));
    });
  return program;
}
