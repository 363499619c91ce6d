import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { createMessageConnection, RequestType, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";

const script = fileURLToPath(new URL("./ends/vscode-jsonrpc.mjs", import.meta.url));

/** @type {import("../src/contender.js").Open} */
export async function open() {
  const child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  connection.listen();
  const echo = new RequestType("echo");
  return {
    echo: (value) => connection.sendRequest(echo, value),
    async close() {
      connection.dispose();
      child.kill();
      await once(child, "exit");
    },
  };
}
