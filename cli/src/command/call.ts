import { SallyportError } from "@sallyport/bus";
import type { CallOptions, Kernel } from "@sallyport/kernel";
import { assertReadable, readInput, readText } from "../input.js";
import { interruptible } from "../interrupt.js";
import { readJsonText } from "../json-text.js";
import type { TargetOptions } from "../options.js";
import { plainText, renderValue } from "../render/value.js";
import { EXIT, logHooks, reportError } from "../report.js";
import { openTarget } from "../target.js";
import type { Terminal } from "../terminal.js";

export interface CallCommandOptions extends TargetOptions {
  readonly stream?: boolean;
  readonly timeout?: number;
  readonly input?: string;
}

/** `sallyport call`: one call, its result on stdout. */
export async function callCommand(method: string, paramsText: string | undefined, options: CallCommandOptions, terminal: Terminal): Promise<number> {
  using interrupt = interruptible();
  const { signal } = interrupt;
  if (paramsText === "-" && options.input === "-") throw new SallyportError("invalid_argument", "params and --input cannot both come from stdin");
  const params = paramsText === undefined ? null : readJsonText(paramsText === "-" ? await readText(process.stdin) : paramsText, "params");
  if (options.input !== undefined) await assertReadable(options.input, "--input", "Name a file with one JSON value a line, or - for stdin.");
  await using kernel = await openTarget(options, { signal, hooks: logHooks(terminal, options, false), observe: "audit" });
  const badInput = new AbortController();
  const callOptions: CallOptions = {
    signal: AbortSignal.any([signal, badInput.signal]),
    onProgress: ({ done, total, note }) => terminal.status(plainText(`${done}${total === undefined ? "" : ` of ${total}`}${note === undefined ? "" : ` ${note}`}`)),
    ...(options.timeout !== undefined && { timeoutMs: options.timeout }),
    ...(options.input !== undefined && { input: readInput(options.input, (error) => badInput.abort(error)) }),
  };
  try {
    if (options.stream === true) await streamed(kernel, method, params, callOptions, terminal);
    else terminal.out(renderValue(await kernel.call(method, params, callOptions), terminal.outIsTerminal && options.json !== true));
    return EXIT.OK;
  } catch (error) {
    if (interrupt.readerGone) return EXIT.OK;
    reportError(badInput.signal.aborted ? badInput.signal.reason : error, terminal, options);
    return EXIT.FAILED;
  }
}

/** One item a line on stdout; the result, where there is one, on stderr. */
async function streamed(kernel: Kernel, method: string, params: unknown, options: CallOptions, terminal: Terminal): Promise<void> {
  const items = kernel.stream(method, params, options);
  for (let next = await items.next(); ; next = await items.next()) {
    if (next.done === true) {
      if (next.value !== null && next.value !== undefined) terminal.err(`${terminal.errColors.dim("result")} ${renderValue(next.value)}`);
      return;
    }
    terminal.out(renderValue(next.value));
  }
}
