import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as library from "@grpc/grpc-js";
import { expect, it, onTestFinished } from "vitest";

const MAIN = fileURLToPath(new URL("../../plugins/grpc/main.js", import.meta.url));

it("the example answers to the token of its first line alone, and ends with its stdin", async () => {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), "example-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const socket = join(folder, "plugin");
  const program = spawn(MAIN, { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void program.kill("SIGKILL"));
  program.stdin.write(`${JSON.stringify({ socket, token: "secret" })}\n`);
  expect(String((await once(program.stdout, "data"))[0])).toBe("SALLYPORT/1 grpc\n");

  const client = new library.Client(`unix:${socket}`, library.credentials.createInsecure());
  onTestFinished(() => client.close());
  const pass = (bytes: Buffer): Buffer => bytes;
  const echo = (token: string | undefined): Promise<number> =>
    new Promise((resolve) => {
      const metadata = new library.Metadata();
      if (token !== undefined) metadata.set("sallyport-token", token);
      client.makeUnaryRequest("/demo.Demo/Echo", pass, pass, Buffer.of(), metadata, (error) => resolve(error?.code ?? 0));
    });
  expect(await Promise.all([undefined, "", "secreT", "secretsecret", "secret"].map(echo))).toEqual([16, 16, 16, 16, 0]);
  program.stdin.end();
  expect(await once(program, "exit")).toEqual([0, null]);
});
