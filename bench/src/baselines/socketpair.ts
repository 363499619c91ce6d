import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeReady } from "../subjects/compile.js";
import { starter, type Echo, type Subject } from "../subjects/subject.js";
import { createLine } from "./line.js";

const folder = fileURLToPath(new URL("../../programs/echo", import.meta.url));

/** A C program that writes back what it reads. Bytes and no codec: the floor of a child's pipes, which in Node are socket pairs. */
export const socketpair: Subject = {
  name: "socketpair",
  baseline: true,
  prepare: () => makeReady({ folder, tool: ["cc", "--version"], compile: ["cc", "-O2", "-Wall", "-Wextra", "main.c", "-o"] }),
  open: () => starter(start),
};

async function start(): Promise<Echo> {
  const child = spawn(join(folder, "build", "demo"), { stdio: ["pipe", "pipe", "inherit"] });
  const encoded = new Map<unknown, Buffer>();
  const line = createLine((payload) => child.stdin.write(payload as Buffer));
  const sizes: number[] = [];
  let next = 0;
  let waiting = 0;
  // Of the first answer the bytes are kept, to be compared; of all others the number is enough.
  let first: Buffer[] | undefined = [];
  child.stdout.on("data", (bytes: Buffer) => {
    waiting += bytes.length;
    first?.push(bytes);
    for (let size = sizes[next]; size !== undefined && waiting >= size; size = sizes[next]) {
      waiting -= size;
      line.answer(undefined);
      if (++next === sizes.length) sizes.length = next = 0;
    }
  });
  child.on("error", (error) => line.fail(error));
  child.on("exit", (code, signal) => line.fail(new Error(`the echo program ended with ${signal ?? code}`)));
  return {
    // Encoded once: what is compared is the way of the bytes. So many bytes back are the answer.
    async echo(payload) {
      const bytes = encoded.get(payload) ?? (payload instanceof Uint8Array ? Buffer.from(payload) : Buffer.from(JSON.stringify(payload)));
      encoded.set(payload, bytes);
      sizes.push(bytes.length);
      await line.call(bytes);
      if (first !== undefined && !Buffer.concat(first).subarray(0, bytes.length).equals(bytes)) throw new Error("the echo program sent other bytes back");
      first = undefined;
      return payload;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin.end();
      await once(child, "exit");
    },
  };
}
