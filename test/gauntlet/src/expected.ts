import type { Case, Outcome } from "./case.js";
import { roleOf } from "./ports/index.js";

/** The worst that may happen: by the port of its mode where that says so, otherwise by the case. */
export function expected(one: Case, column: string): Outcome {
  const mode = column.split("+")[0] ?? "";
  const own = roleOf(one.id, mode)?.play.expect;
  if (typeof own === "string") return own;
  const expect = typeof one.expect === "string" ? { "*": one.expect } : one.expect;
  return own?.[mode] ?? expect[column] ?? expect[mode] ?? expect["*"] ?? "instance dies";
}
