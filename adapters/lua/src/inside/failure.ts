import { isSallyportError, SallyportError, toErrorObject } from "@sallyport/bus";
import { STATUS, TYPE } from "./exports.js";
import { KIT_NAME } from "./kit.js";
import type { Machine } from "./machine.js";
import type { Values } from "./values.js";

const AT = /^([^\n:]{1,200}):(\d{1,9}): /;

/** What an error of a script says, as an error of ours; it lies on top of the stack of `L`. */
export function failureOf(machine: Machine, values: Values, L: number, status: number, stack: string | undefined): SallyportError {
  const { c } = machine;
  if (status === STATUS.memory) return new SallyportError("resource_exhausted", "the script has no memory left", { help: 'Keep less, or raise limits.memoryMb: Lua gets three quarters of it, and 48 MiB less than all.' });
  const details = stack === undefined ? {} : { stack };
  if (c.lua_type(L, -1) !== TYPE.table) {
    const msg = c.lua_type(L, -1) === TYPE.string ? values.text(L, -1) : `error(...) was called with ${values.text(L, -1)}`;
    const at = AT.exec(msg);
    return new SallyportError("internal", msg, { ...details, ...(at !== null && { at: `${at[1]}:${at[2]}` }) });
  }
  let thrown: unknown;
  try {
    thrown = values.read(L, -1, "the error");
  } catch (unreadable) {
    return unreadable as SallyportError;
  }
  const at = placeOf(machine, values, L);
  const { code, msg, help, path, url, retryable, retryAfterMs, data } = thrown as Record<string, unknown>;
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  return new SallyportError(text(code) ?? "internal", text(msg) ?? "an error without a message", {
    ...details,
    ...(at !== undefined && { at }),
    ...(typeof help === "string" && { help }), ...(typeof path === "string" && { path }), ...(typeof url === "string" && { url }),
    ...(typeof retryable === "boolean" && { retryable }), ...(typeof retryAfterMs === "number" && { retryAfterMs }),
    ...(data !== undefined && { data }),
  });
}

/** Levels of the kit's own between an author's line and the error that it raises for the host. */
const KIT_LEVELS = 6;

/** Where `error` was called with a table, which gets no position of its own. */
function placeOf(machine: Machine, values: Values, L: number): string | undefined {
  const { c } = machine;
  for (let level = 1; level <= KIT_LEVELS; level++) {
    machine.unbounded(() => c.luaL_where(L, level));
    const at = AT.exec(values.text(L, -1));
    c.lua_settop(L, -2);
    if (at !== null && at[1] !== KIT_NAME) return `${at[1]}:${at[2]}`;
  }
  return undefined;
}

/** A failure of the host's, as the table that a script catches. */
export function tableOf(thrown: unknown): object {
  const { cause: _cause, crash: _crash, stack: _stack, source: _source, ...error } = toErrorObject(isSallyportError(thrown) ? thrown : { code: "internal", message: String((thrown as Error)?.message ?? thrown) });
  return error;
}
