import { fork, type Serializable } from "node:child_process";
import { once } from "node:events";
import { starter, type Echo, type Subject } from "../subjects/subject.js";
import { createLine } from "./line.js";

type Serialization = "json" | "advanced";

/** A child process that sends back what it gets over Node's own IPC. */
function forked(serialization: Serialization): Subject {
  return { name: `fork-${serialization}`, baseline: true, prepare: async () => undefined, open: () => starter(() => start(serialization)) };
}

export const forkJson = forked("json");
export const forkAdvanced = forked("advanced");

async function start(serialization: Serialization): Promise<Echo> {
  const child = fork(new URL("./echo/child.js", import.meta.url), { serialization });
  const line = createLine((payload) => void child.send(payload as Serializable));
  child.on("message", (payload) => line.answer(payload));
  child.on("error", (error) => line.fail(error));
  child.on("exit", (code, signal) => line.fail(new Error(`the echo process ended with ${signal ?? code}`)));
  // JSON has no bytes: who sends them over it encodes them.
  const text = async (bytes: Uint8Array): Promise<unknown> => Buffer.from((await line.call(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64"))) as string, "base64");
  return {
    echo: (payload) => (serialization === "json" && payload instanceof Uint8Array ? text(payload) : line.call(payload)),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      await once(child, "exit");
    },
  };
}
