import type { Boundary } from "@sallyport/kernel";
import type { ChildOptions } from "./options.js";
import { spawnChild } from "./spawn-child.js";

/** The children of one adapter, which end with it. */
export interface Children extends AsyncDisposable {
  /** As `spawnChild`. */
  spawn(options: ChildOptions): Promise<Boundary>;
}

export function createChildren(): Children {
  const live = new Set<Boundary>();
  return {
    async spawn(options) {
      const boundary = await spawnChild(options);
      live.add(boundary);
      void boundary.exited.then(() => live.delete(boundary));
      return boundary;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...live].map((boundary) => boundary.kill()));
    },
  };
}
