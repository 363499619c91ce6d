import type { Boundary } from "@sallyport/kernel";

/** The instances of one adapter, which end with it. */
export interface Live extends AsyncDisposable {
  add(open: () => Promise<Boundary>): Promise<Boundary>;
}

export function createLive(): Live {
  const live = new Set<Boundary>();
  return {
    async add(open) {
      const boundary = await open();
      live.add(boundary);
      void boundary.exited.then(() => live.delete(boundary));
      return boundary;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...live].map((boundary) => boundary.kill()));
    },
  };
}
