import { MessageChannel, Worker } from "node:worker_threads";
import { createEchoLine } from "../echo-line.js";
import type { Order } from "../order.js";
import type { BoundaryRow, Echo } from "../row.js";

/** A thread that posts back what it gets: no handshake, no checks, no deadline, no error. */
export const row: BoundaryRow = {
  kind: "boundary",
  what: "raw MessagePort to a thread",
  open: () => ({ start, async [Symbol.asyncDispose]() {} }),
};

async function start(): Promise<Echo> {
  const { port1, port2 } = new MessageChannel();
  const thread = new Worker(new URL("../echo/thread.js", import.meta.url), { workerData: port2, transferList: [port2] });
  const line = createEchoLine((order) => port1.postMessage(order));
  port1.on("message", (order: Order) => line.answer(order));
  thread.on("error", (error: Error) => line.fail(error));
  thread.on("exit", (code) => line.fail(new Error(`the echo thread ended with ${code}`)));
  return {
    echo: line.call,
    async [Symbol.asyncDispose]() {
      port1.close();
      await thread.terminate();
    },
  };
}
