import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { credentials } from "@grpc/grpc-js";
import { loadEcho } from "./proto.mjs";

/** @type {import("../src/contender.js").Open} */
export async function open() {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-peers-"));
  const address = `unix:${join(folder, "echo")}`;
  const child = fork(new URL("./ends/grpc.mjs", import.meta.url), [address]);
  await once(child, "message");
  const client = new (loadEcho())(address, credentials.createInsecure());
  const one = promisify(client.One.bind(client));
  const many = promisify(client.Many.bind(client));
  return {
    echo: async (value) => (Array.isArray(value) ? (await many({ orders: value })).orders : one(value)),
    async close() {
      client.close();
      child.disconnect();
      await once(child, "exit");
      await rm(folder, { recursive: true });
    },
  };
}
