import { availableParallelism } from "node:os";
import { createLookout } from "@sallyport/bus";
import type { Boundary } from "@sallyport/kernel";
import type { ChildOptions, Talk } from "./options.js";
import { createFamilies } from "./proc/families.js";
import { startChild, type Started } from "./spawn-child.js";

/** The children of one adapter, which end with it. */
export interface Children extends AsyncDisposable {
  /** As `spawnChild`. */
  spawn(options: ChildOptions): Promise<Boundary>;
  /** A program that was started ahead. */
  open(started: Started, talk: Talk): Promise<Boundary>;
}

export function createChildren(): Children {
  const live = new Set<Boundary>();
  const lookout = createLookout(availableParallelism());
  const families = createFamilies();
  const open = async (started: Started, talk: Talk): Promise<Boundary> => {
    const boundary = await started.open({ lookout, families, ...talk });
    live.add(boundary);
    void boundary.exited.then(() => live.delete(boundary));
    return boundary;
  };
  return {
    spawn: async (options) => open(await startChild(options, options.signal), options),
    open,
    async [Symbol.asyncDispose]() {
      await Promise.all([...live].map((boundary) => boundary.kill()));
    },
  };
}
