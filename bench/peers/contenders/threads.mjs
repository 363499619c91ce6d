import { spawn, Thread, Worker } from "threads";

/** @type {import("../src/contender.js").Open} */
export async function open() {
  const end = await spawn(new Worker("./ends/threads.mjs"));
  return { echo: (value) => end.echo(value), close: () => Thread.terminate(end) };
}
