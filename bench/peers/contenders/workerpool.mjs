import { fileURLToPath } from "node:url";
import workerpool from "workerpool";

const script = fileURLToPath(new URL("./ends/workerpool.mjs", import.meta.url));

/** @type {import("../src/contender.js").Open} */
export async function open() {
  const pool = workerpool.pool(script, { workerType: "thread" });
  return {
    echo: (value) => pool.exec("echo", [value]),
    async close() {
      await pool.terminate();
    },
  };
}
