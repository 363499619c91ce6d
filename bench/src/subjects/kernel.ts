import type { createKernel, Kernel } from "@sallyport/kernel";
import type { Mode } from "./modes.js";
import type { Starter, Subject } from "./subject.js";

export interface Ready {
  /** A kernel with nothing but its defaults and this mode's adapter. */
  open(): Kernel;
}

/** Loads kernel and adapter; nothing of it is measured. A string: why this machine cannot run the mode. */
export async function ready(mode: Mode): Promise<Ready | string> {
  const adapter = await mode.prepare();
  if (typeof adapter === "string") return adapter;
  const kernel = (await import("@sallyport/kernel")) as { readonly createKernel: typeof createKernel };
  return { open: () => kernel.createKernel({ adapters: [adapter()] }) };
}

/** The mode's echo through a kernel. */
export function modeSubject(mode: Mode): Subject {
  let made: Ready | undefined;
  return {
    name: mode.name,
    baseline: false,
    async prepare() {
      const result = await ready(mode);
      if (typeof result === "string") return result;
      made = result;
      return undefined;
    },
    open(): Starter {
      if (made === undefined) throw new Error(`${mode.name} was opened before it was prepared`);
      const kernel = made.open();
      return {
        async start() {
          const { name } = await kernel.load(mode.spec);
          return { echo: (payload) => kernel.call(mode.echo, payload), [Symbol.asyncDispose]: () => kernel.unload(name) };
        },
        [Symbol.asyncDispose]: () => kernel.close({ drainMs: 0 }),
      };
    },
  };
}

/** Runs `use` with a kernel of this mode and closes it. */
export async function withKernel<T>(mode: Mode, use: (kernel: Kernel) => Promise<T>): Promise<T | { readonly unavailable: string }> {
  const made = await ready(mode);
  if (typeof made === "string") return { unavailable: made };
  const kernel = made.open();
  try {
    return await use(kernel);
  } finally {
    await kernel.close({ drainMs: 0 });
  }
}
