import type { Hooks } from "../crossing.js";
import type { Redactor } from "./redactor.js";

/** The same hooks, told nothing that is secret. */
export function redactedHooks({ crossing, lifecycle, log }: Hooks, redactor: Redactor): Hooks {
  return {
    ...(crossing && { crossing: (record) => crossing(redactor.value(record)) }),
    ...(lifecycle && { lifecycle: (event) => lifecycle(redactor.value(event)) }),
    ...(log && { log: (entry) => log(redactor.value(entry)) }),
  };
}
