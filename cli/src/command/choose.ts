import { SallyportError } from "@sallyport/bus";
import type { Trust } from "@sallyport/kernel";
import { advise, type Advice } from "../advice/advise.js";
import { readFigures, shippedFigures, type Figures } from "../advice/figures.js";
import { readLanguage } from "../advice/language.js";
import { modeFacts, type ModeFacts } from "../advice/modes.js";
import type { CommonOptions } from "../options.js";
import { paragraph, renderAdvice } from "../render/advice.js";
import { renderFigures } from "../render/figures.js";
import { plainText, renderValue } from "../render/value.js";
import { EXIT } from "../report.js";
import type { Terminal } from "../terminal.js";

export interface ChooseCommandOptions extends CommonOptions {
  readonly untrusted?: boolean;
  readonly reviewed?: boolean;
  readonly trusted?: boolean;
  readonly lang: string;
  readonly latency?: number;
  readonly payloadBytes?: number;
  readonly figures?: string;
  readonly prefer?: "latency" | "memory";
}

const UNMEASURED = "No figures come with this package, and none were measured here. `sallyport bench PATH --json > figures.json` measures a plugin of yours in each mode; `sallyport choose --figures figures.json` then counts them in.";

/** `sallyport choose`: a mode for a plugin that need not exist yet. */
export async function chooseCommand(options: ChooseCommandOptions, terminal: Terminal): Promise<number> {
  const { name, kinds } = readLanguage(options.lang);
  const usualness = ({ entries }: ModeFacts): number => kinds.findIndex((kind) => entries.includes(kind));
  // Of equals the first is named: what a plugin in that language mostly is.
  const modes = (await modeFacts()).filter((mode) => usualness(mode) >= 0).toSorted((a, b) => usualness(a) - usualness(b));
  const figures = options.figures === undefined ? shippedFigures() : await readFigures(options.figures, AbortSignal.timeout(10_000));
  const advice = advise({
    trust: trustOf(options),
    modes,
    lang: name,
    ...(options.latency !== undefined && { latencyMs: options.latency }),
    ...(options.payloadBytes !== undefined && { payloadBytes: options.payloadBytes }),
    ...(figures && { figures }),
    ...(options.prefer && { prefer: options.prefer }),
  });
  if (advice === undefined) throw new SallyportError("invalid_argument", `no mode runs a plugin in ${name} with so little trust`, { help: "Say --reviewed or --trusted once somebody has looked at the code." });
  if (options.json === true) terminal.out(renderValue({ ...advice, made: figures?.made }));
  else show(advice, figures, options.figures === undefined, terminal);
  return EXIT.OK;
}

function trustOf({ reviewed, trusted }: ChooseCommandOptions): Trust {
  if (trusted === true) return "trusted";
  return reviewed === true ? "reviewed" : "untrusted";
}

function show(advice: Advice, figures: Figures | undefined, areShipped: boolean, terminal: Terminal): void {
  const { outColors: colors } = terminal;
  const speed = (text: string): void => terminal.out(paragraph("speed", text, colors.dim));
  terminal.out(renderAdvice(advice, colors));
  if (figures === undefined) return speed(UNMEASURED);
  const made = `${areShipped ? "shipped with this package, not measured here: " : ""}${plainText(figures.made)}`;
  if (advice.figures === undefined) return speed(`This mode is not among the figures (${made}).`);
  speed(`With payloads of ${advice.figures.payloadBytes} bytes; ${made}`);
  terminal.out(renderFigures([advice.figures], colors));
}
