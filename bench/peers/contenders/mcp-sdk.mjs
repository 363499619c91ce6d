import process from "node:process";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const script = fileURLToPath(new URL("./ends/mcp-sdk.mjs", import.meta.url));

/** @type {import("../src/contender.js").Open} */
export async function open() {
  const client = new Client({ name: "bench", version: "1.0.0" });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [script] }));
  return {
    async echo(value) {
      // A tool's arguments and its result are objects, so one order travels as a list of one.
      const { structuredContent } = await client.callTool({ name: "echo", arguments: { orders: Array.isArray(value) ? value : [value] } });
      const { orders } = /** @type {any} */ (structuredContent);
      return Array.isArray(value) ? orders : orders[0];
    },
    close: () => client.close(),
  };
}
