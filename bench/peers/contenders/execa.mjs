import { fileURLToPath } from "node:url";
import { execaNode } from "execa";

const script = fileURLToPath(new URL("./ends/execa.mjs", import.meta.url));

/** @type {import("../src/contender.js").Open} */
export async function open() {
  return {
    async echo(value) {
      const { stdout } = await execaNode(script, { input: JSON.stringify(value) });
      return JSON.parse(stdout);
    },
    async close() {},
  };
}
