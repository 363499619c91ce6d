import type { Hooks } from "./crossing.js";

/** Hooks as plain functions that keep their object, so that an instance of a class can be passed as hooks. */
export function bindHooks(hooks: Hooks = {}): Hooks {
  return {
    ...(hooks.crossing && { crossing: hooks.crossing.bind(hooks) }),
    ...(hooks.lifecycle && { lifecycle: hooks.lifecycle.bind(hooks) }),
    ...(hooks.log && { log: hooks.log.bind(hooks) }),
  };
}

/** Calls a hook. What it throws is its own affair: the kernel goes on. */
export function tell<T>(hook: ((value: T) => void) | undefined, value: T): void {
  if (hook === undefined) return;
  try {
    hook(value);
  } catch {
    // Reported nowhere on purpose: the only place to report it would be a hook.
  }
}
