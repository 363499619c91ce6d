import type { Hooks } from "@sallyport/kernel";

/** Several listeners as one. What one of them throws keeps nothing from the others. */
export function composeHooks(...all: readonly (Hooks | undefined)[]): Hooks {
  const hooks = all.filter((each) => each !== undefined);
  const [only] = hooks;
  // Nothing is put between the kernel and a single listener.
  if (hooks.length === 1 && only !== undefined) return only;
  const each = <T>(listeners: readonly ((value: T) => void)[]): ((value: T) => void) | undefined =>
    listeners.length === 0 ? undefined : (value) => {
      for (const listener of listeners) {
        try {
          listener(value);
        } catch {
          // Its own affair, as in the kernel.
        }
      }
    };
  const crossing = each(hooks.flatMap((one) => (one.crossing ? [one.crossing.bind(one)] : [])));
  const lifecycle = each(hooks.flatMap((one) => (one.lifecycle ? [one.lifecycle.bind(one)] : [])));
  const log = each(hooks.flatMap((one) => (one.log ? [one.log.bind(one)] : [])));
  return { ...(crossing && { crossing }), ...(lifecycle && { lifecycle }), ...(log && { log }) };
}
