/** What this host's V8 hands to `prepareStackTrace`, attenuated by the shim. */
interface CallSite {
  toString(): string;
}

/** Reads the stacks that guests cannot see. */
export interface StackKeeper {
  stackOf(thrown: unknown): string | undefined;
}

/** To be made once after lockdown, in the start compartment: takes over how stacks are formatted. */
export function createStackKeeper(): StackKeeper {
  const stacks = new WeakMap<object, string>();
  const V8Error = Error as unknown as { stackTraceLimit: number; prepareStackTrace: (error: object, frames: readonly CallSite[]) => string };
  V8Error.stackTraceLimit = 30;
  V8Error.prepareStackTrace = (error, frames) => {
    stacks.set(error, frames.map((frame) => `\n    at ${frame.toString()}`).join(""));
    // What `error.stack` reads as, for the guest too.
    return "";
  };
  return {
    stackOf(thrown) {
      if (typeof thrown !== "object" || thrown === null) return undefined;
      try {
        // Formats the stack, which V8 puts off until it is read.
        void (thrown as { stack?: unknown }).stack;
      } catch {
        return undefined;
      }
      return stacks.get(thrown);
    },
  };
}
