import { availableParallelism, cpus } from "node:os";
import process from "node:process";
import { DEFAULT_LIMITS, MAX_LIMITS } from "@sallyport/bus";
import type { Trust } from "@sallyport/kernel";
import { advise } from "../advice/advise.js";
import type { Figures } from "../advice/figures.js";
import type { Job } from "../bench/job.js";
import { methodToCall } from "../bench/method.js";
import type { BenchReport } from "../bench/report.js";
import { runRounds } from "../bench/rounds.js";
import { runnableModes } from "../bench/runnable.js";
import { assertReadable, readFileText } from "../input.js";
import { interruptible } from "../interrupt.js";
import { readJsonText } from "../json-text.js";
import type { CommonOptions } from "../options.js";
import { allModes, holding } from "../modes.js";
import { renderBench } from "../render/bench.js";
import { wrap } from "../render/text.js";
import { plainText, renderValue } from "../render/value.js";
import { EXIT } from "../report.js";
import { openTarget, permitted } from "../target.js";
import type { Terminal } from "../terminal.js";

export interface BenchCommandOptions extends CommonOptions {
  readonly payload?: string;
  readonly method?: string;
  readonly inflight: readonly number[];
  readonly quick?: boolean;
  readonly trust: Trust;
  readonly grant?: readonly string[];
  readonly permit?: readonly string[];
}

/** `sallyport bench PATH`: one method of one plugin in every mode that runs it, and the mode to take. */
export async function benchCommand(path: string, options: BenchCommandOptions, terminal: Terminal): Promise<number> {
  using interrupt = interruptible();
  const { signal } = interrupt;
  const { trust, grant, permit, quick = false } = options;
  const params = await payloadText(options.payload);
  await using adapters = holding(allModes({}, { spares: 0 }));
  const spec = { path, base: process.cwd(), trust, ...(grant && { grants: grant }), ...(permit && { permissions: permitted(permit) }) };
  const { name, modes, skipped } = await runnableModes(spec, adapters.list, signal);
  const method = await findMethod(path, options, signal);
  warn(method, modes.length, terminal);

  const bytes = Buffer.byteLength(params);
  const limits = limitsFor(Math.max(...options.inflight), bytes);
  const jobs = modes.map(({ mode }): Job => ({ spec: { ...spec, name, mode, limits }, method, params, inFlight: options.inflight, sampleMs: quick ? 500 : 2000, starts: quick ? 2 : 5 }));
  const outcomes = await runRounds(jobs, quick ? 1 : 2, (mode, round) => terminal.status(`${mode}, round ${round}`), signal);
  terminal.status("");

  const rows = outcomes.flatMap((outcome) => (outcome.state === "measured" ? [outcome.figures] : []));
  const failed = outcomes.flatMap((outcome, i) => (outcome.state === "failed" ? [{ mode: modes[i]?.mode ?? "", error: outcome.error }] : []));
  const figures: Figures = { format: 1, made: madeBy(path, quick), rows };
  const able = modes.filter(({ mode }) => rows.some((row) => row.mode === mode));
  const advice = advise({ trust, modes: able, payloadBytes: bytes, figures });
  const calls = outcomes.reduce((sum, outcome) => sum + (outcome.state === "measured" ? outcome.calls : 0), 0);
  const report: BenchReport = { ...figures, method, failed, skipped, calls, advice };
  terminal.out(options.json === true ? renderValue(report) : renderBench(report, options.payload !== undefined, terminal.outColors));
  return failed.length === 0 ? EXIT.OK : EXIT.FAILED;
}

async function payloadText(file: string | undefined): Promise<string> {
  if (file === undefined) return "null";
  await assertReadable(file, "--payload", "Name a file with one JSON value, or - for stdin.");
  const text = await readFileText(file);
  readJsonText(text, file === "-" ? "stdin" : file);
  return text;
}

async function findMethod(path: string, { method, trust, grant, permit }: BenchCommandOptions, signal: AbortSignal): Promise<string> {
  await using kernel = await openTarget({ plugin: path, trust, ...(grant && { grant }), ...(permit && { permit }) }, { signal, describeOnly: true });
  return methodToCall(kernel.api(), method);
}

function warn(method: string, modes: number, terminal: Terminal): void {
  const text = `${method} is called for real, as often as it can be for some seconds, in ${modes} ${modes === 1 ? "mode" : "modes"}. Ctrl-C stops.`;
  terminal.err(`${terminal.errColors.yellow("warning")} ${wrap(plainText(text), 80, 8)}`);
}

/** The defaults, but for what the calls in flight and the payload need; a manifest that asks for less is heeded. */
function limitsFor(inFlight: number, payloadBytes: number): NonNullable<Job["spec"]["limits"]> {
  return {
    ...(inFlight > DEFAULT_LIMITS.inflight && { inflight: inFlight, queue: Math.max(inFlight, DEFAULT_LIMITS.queue) }),
    ...(payloadBytes > DEFAULT_LIMITS.frameBytes / 2 && { frameBytes: MAX_LIMITS.frameBytes }),
  };
}

function madeBy(path: string, quick: boolean): string {
  const cpu = cpus()[0]?.model.trim() ?? "unknown CPU";
  return `sallyport bench ${path}${quick ? " --quick" : ""}, ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpu}, ${availableParallelism()} CPUs`;
}
