import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import { starter, type Echo, type Subject } from "../subjects/subject.js";
import { createLine, type Line } from "./line.js";

/** A thread that posts back what it gets: no handshake, no checks, no deadline, no error. */
export const port: Subject = { name: "port", baseline: true, prepare: async () => undefined, open: () => starter(start) };

export interface RawThread {
  readonly port: MessagePort;
  readonly thread: Worker;
  close(): Promise<void>;
}

/** Starts a file of `echo/` with a port of its own. */
export function startThread(file: string): RawThread {
  const { port1, port2 } = new MessageChannel();
  const thread = new Worker(new URL(`./echo/${file}`, import.meta.url), { workerData: port2, transferList: [port2] });
  return {
    port: port1,
    thread,
    async close() {
      port1.close();
      await thread.terminate();
    },
  };
}

async function start(): Promise<Echo> {
  const { line, close } = echoing("thread.js", (near, payload) => near.postMessage(payload));
  return { echo: line.call, [Symbol.asyncDispose]: close };
}

/** Moves the buffer of what it is given, and moves it back. */
export function givingPort(): { readonly echo: (bytes: unknown) => Promise<unknown>; close(): Promise<void> } {
  const { line, close } = echoing("giving-thread.js", (near, bytes) => near.postMessage(bytes, [(bytes as Uint8Array<ArrayBuffer>).buffer]));
  return { echo: line.call, close };
}

function echoing(file: string, post: (near: MessagePort, payload: unknown) => void): { readonly line: Line; close(): Promise<void> } {
  const { port: near, thread, close } = startThread(file);
  const line = createLine((payload) => post(near, payload));
  near.on("message", (payload: unknown) => line.answer(payload));
  thread.on("error", (error: Error) => line.fail(error));
  thread.on("exit", (code) => line.fail(new Error(`the echo thread ended with ${code}`)));
  return { line, close };
}
