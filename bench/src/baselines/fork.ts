import { fork } from "node:child_process";
import { once } from "node:events";
import { createEchoLine } from "../echo-line.js";
import type { Order } from "../order.js";
import type { BoundaryRow, Echo } from "../row.js";

/** A child process that sends back what it gets over Node's own IPC, with its default serialization (JSON). */
export const row: BoundaryRow = {
  kind: "boundary",
  what: "child_process.fork, IPC",
  open: () => ({ start, async [Symbol.asyncDispose]() {} }),
};

async function start(): Promise<Echo> {
  const child = fork(new URL("../echo/child.js", import.meta.url));
  const line = createEchoLine((order) => void child.send(order));
  child.on("message", (order) => line.answer(order as unknown as Order));
  child.on("error", (error) => line.fail(error));
  child.on("exit", (code, signal) => line.fail(new Error(`the echo process ended with ${signal ?? code}`)));
  return {
    echo: line.call,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      await once(child, "exit");
    },
  };
}
