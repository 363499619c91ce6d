import { Tinypool } from "tinypool";

const filename = new URL("./ends/function.mjs", import.meta.url).href;

/** @type {import("../src/contender.js").Open} */
export async function open() {
  const pool = new Tinypool({ filename });
  return { echo: (value) => pool.run(value), close: () => pool.destroy() };
}
