import { Piscina } from "piscina";

const filename = new URL("./ends/function.mjs", import.meta.url).href;

/** @type {import("../src/contender.js").Open} */
export async function open() {
  const pool = new Piscina({ filename, concurrentTasksPerWorker: 64, atomics: "async" });
  return { echo: (value) => pool.run(value), close: () => pool.destroy() };
}
