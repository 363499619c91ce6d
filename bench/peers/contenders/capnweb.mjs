import { Worker } from "node:worker_threads";
import { newMessagePortRpcSession } from "capnweb";

/** @type {import("../src/contender.js").Open} */
export async function open() {
  const { port1, port2 } = new MessageChannel();
  const thread = new Worker(new URL("./ends/capnweb.mjs", import.meta.url), { workerData: port2, transferList: [port2] });
  /** @type {any} */
  const end = newMessagePortRpcSession(port1);
  return {
    echo: (value) => end.echo(value),
    async close() {
      port1.close();
      await thread.terminate();
    },
  };
}
