import { Worker } from "node:worker_threads";
import { wrap } from "comlink/dist/esm/comlink.mjs";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";

/** @type {import("../src/contender.js").Open} */
export async function open() {
  const thread = new Worker(new URL("./ends/comlink.mjs", import.meta.url));
  const end = wrap(nodeEndpoint(thread));
  return {
    echo: (value) => end.echo(value),
    async close() {
      await thread.terminate();
    },
  };
}
