import { isSallyportError, readErrorObject, fromErrorObject, SallyportError, type Limits } from "@sallyport/bus";
import type { RunEnd } from "@sallyport/child";
import type { Instance } from "./instance.js";
import type { Plan } from "./plan.js";
import { readJson, textOf, type Spelling } from "./spelling.js";

/** Lines of stderr in an error's text, and in its data. */
const SAID_LINES = 3;
const SAID_CHARS = 500;
const TOLD_LINES = 20;

/** Throws the error that the end of a program stands for, unless it is a success. */
export function assertSuccess(instance: Instance, plan: Plan, end: RunEnd, printed?: Uint8Array): void {
  const { exitCode } = end;
  const limit = (end.error?.data as { readonly limit?: keyof Limits } | undefined)?.limit;
  if (end.error !== undefined) {
    if (limit !== undefined) instance.limited(limit);
    throw failure("resource_exhausted", plan, end, `: ${end.error.msg}`, "Raise the limit that the message names, or send less.");
  }
  if (plan.success?.has(exitCode) === true) return;
  const named = plan.errors[String(exitCode)] ?? (exitCode === 0 ? undefined : plan.errors["*"]);
  if (named === undefined && plan.success === undefined) return;
  if (named === "json") throw printedError(plan, end, printed);
  throw failure(named ?? "internal", plan, end, said(end), remedy(end));
}

/** The value that a program printed. */
export function valueOf(plan: Plan, end: RunEnd | undefined, bytes: Uint8Array, spelling: Spelling): unknown {
  try {
    return readJson(bytes, spelling);
  } catch (cause) {
    const why = isSallyportError(cause) ? cause.message.replace(/^the frame /, "its output ") : String(cause);
    const code = isSallyportError(cause) && cause.code === "frame_too_complex" ? "resource_exhausted" : "internal";
    throw new SallyportError(code, `the program of ${plan.method} printed what cannot be read as JSON: ${why}`, {
      help: 'Let it print one JSON value and nothing else on stdout, or say "stdout": "text" in its manifest.', data: { stderr: end?.stderrTail.slice(-TOLD_LINES) ?? [] },
    });
  }
}

export function printedText(plan: Plan, bytes: Uint8Array): string {
  const text = textOf(bytes);
  if (text !== undefined) return text;
  throw new SallyportError("internal", `the program of ${plan.method} printed what is not UTF-8`, { help: 'Say "stdout": "bytes" in its manifest.' });
}

/** The program's own error, as it printed it; codes that only hosts use are not taken from it. */
function printedError(plan: Plan, end: RunEnd, printed: Uint8Array = new Uint8Array()): SallyportError {
  const value = valueOf(plan, end, printed, "values");
  if (typeof value !== "object" || value === null || typeof (value as { code?: unknown }).code !== "string") {
    return failure("internal", plan, end, " and printed no error: expected an object with 'code' and 'msg'", "Print {\"code\": ..., \"msg\": ...} on stdout before that exit code.");
  }
  return fromErrorObject(readErrorObject(value));
}

function failure(code: string, { method, program }: Plan, { exitCode, stderrTail }: RunEnd, what: string, help: string | undefined): SallyportError {
  return new SallyportError(code, `${program} of ${method} ended with exit code ${exitCode}${what}`, { ...(help !== undefined && { help }), data: { exitCode, stderr: stderrTail.slice(-TOLD_LINES) } });
}

function said({ stderrTail }: RunEnd): string {
  const lines = stderrTail.slice(-SAID_LINES);
  return lines.length === 0 ? "" : `: ${lines.join(" | ").slice(0, SAID_CHARS)}`;
}

const KEPT_OUT = /permission denied|operation not permitted|no such file|cannot open|not found|read-only file system/i;

/** A sandbox's wall looks to a program as if there were nothing behind it. */
function remedy({ stderrTail }: RunEnd): string | undefined {
  if (!stderrTail.some((line) => KEPT_OUT.test(line))) return undefined;
  return "If it should have that: state it in `permissions` of its manifest and grant it in those of the config: `read` and `write` for files, `run` for programs that it starts itself, `net` for addresses.";
}
