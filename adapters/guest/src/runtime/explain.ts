import { toErrorObject, type ErrorObject } from "@sallyport/bus";
import type { StackKeeper } from "./stacks.js";

/** What authors reach for that a hardened guest does not have, and what to do instead. */
const HINTS: Readonly<Record<string, string>> = {
  fetch: "Hardened plugins have no network. Ask the host with context.call(...) and a grant, or run the plugin in mode stdio.",
  require: "Hardened plugins have no require at run time. Import by a literal name; it is bundled when the plugin is loaded.",
  process: "Hardened plugins have no process. Settings come from context.config.",
  Buffer: "Hardened plugins have no Buffer. Use Uint8Array, TextEncoder and TextDecoder.",
  structuredClone: "Hardened plugins have no structuredClone. Payloads are copies already.",
  performance: "Hardened plugins have no performance. Use Date.now().",
  crypto: "Hardened plugins have no crypto. Bundle a library, or ask the host with context.call(...).",
  AbortController: "Hardened plugins have no AbortController. Use context.signal.",
  URL: "Hardened plugins have no URL. Bundle a library that parses URLs.",
  WebAssembly: "Hardened plugins have no WebAssembly.",
};
const MISSING = /^(?:globalThis\.)?(\w+) is not (?:a function|a constructor|defined)/;
/** What esbuild makes of a `require` that it could not bundle. */
const UNBUNDLED = /^Dynamic require of /;
const MAX_CAUSES = 4;

/** A thrown value as an error object; `what` is put before its message. */
export type Explain = (thrown: unknown, what?: string) => ErrorObject;

/**
 * Reads thrown values of guests, with their stacks and, where something is missing by design, a hint. What it
 * has made once it returns as it is, so that an error may pass twice.
 */
export function explainer(stacks: StackKeeper): Explain {
  const made = new WeakSet<object>();

  function explain(thrown: unknown, what: string, depth: number): ErrorObject {
    if (typeof thrown === "object" && thrown !== null && made.has(thrown)) return thrown as ErrorObject;
    const { error, cause } = read(thrown);
    const stack = stacks.stackOf(thrown);
    const hint = HINTS[UNBUNDLED.test(error.msg) ? "require" : (MISSING.exec(error.msg)?.[1] ?? "")];
    const out: ErrorObject = {
      ...error,
      msg: what + error.msg,
      ...(hint !== undefined && error.help === undefined && { help: hint }),
      ...(stack !== undefined && { stack }),
      ...(cause !== undefined && depth > 0 && { cause: explain(cause, "", depth - 1) }),
    };
    made.add(out);
    return out;
  }
  return (thrown, what = "") => explain(thrown, what, MAX_CAUSES);
}

// Reads properties of a guest's object: getters and proxies run guest code, and may throw.
function read(thrown: unknown): { error: ErrorObject; cause?: unknown } {
  try {
    const { cause: _unread, ...error } = toErrorObject(thrown, { depth: 0 });
    return { error, cause: typeof thrown === "object" && thrown !== null ? (thrown as { cause?: unknown }).cause : undefined };
  } catch {
    return { error: { code: "internal", msg: "an error that cannot be read was thrown" } };
  }
}
