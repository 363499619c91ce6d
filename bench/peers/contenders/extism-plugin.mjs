import { readFile } from "node:fs/promises";
import createPlugin from "@extism/extism";
import wabt from "wabt";

/** Each call leaves its blocks behind until `reset`, and from 32,768 on their addresses fail. */
const CALLS_PER_RESET = 1000;

/** @param {boolean} runInWorker */
export async function openExtism(runInWorker) {
  const { parseWat } = await wabt();
  const source = await readFile(new URL("./echo.wat", import.meta.url));
  const { buffer } = parseWat("echo.wat", source).toBinary({});
  const plugin = await createPlugin({ wasm: [{ data: new Uint8Array(buffer) }] }, { runInWorker });
  let calls = 0;
  /** @param {unknown} value */
  async function call(value) {
    if (++calls % CALLS_PER_RESET === 0) await plugin.reset();
    return /** @type {any} */ (await plugin.call("echo", JSON.stringify(value))).json();
  }

  // A plugin takes one call at a time: the next waits for the one before.
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();
  return {
    /** @param {unknown} value @returns {Promise<any>} */
    echo(value) {
      const answer = last.then(() => call(value));
      last = answer.catch(() => {});
      return answer;
    },
    close: () => plugin.close(),
  };
}
