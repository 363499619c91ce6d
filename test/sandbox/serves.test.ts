import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { DEFAULT_LIMITS } from "@sallyport/bus";
import type { Permissions } from "@sallyport/kernel";
import { createSandbox } from "@sallyport/sandbox";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { folder, WAYS } from "./harness.js";

/** What comes of listening at the first path, of connecting to the second one, and of listening and connecting by TCP. */
const TRY = `
  const { connect, createServer } = require("node:net");
  const listen = (at) => new Promise((done) => { const s = createServer().on("error", (e) => done(e.code)).listen(at, () => s.close(() => done("ok"))); });
  const reach = (at) => new Promise((done) => { const c = connect(at).on("error", (e) => done(e.code)).on("connect", () => { c.destroy(); done("ok"); }); });
  const [own, other, port] = process.argv.slice(1);
  Promise.all([listen(own), reach(other), listen({ port: 0, host: "127.0.0.1" }), reach({ port: Number(port), host: "127.0.0.1" })]).then((came) => console.log(JSON.stringify(came)));`;

for (const { by, missing } of WAYS) {
  describe(`a program that serves, strict by ${by}`, () => {
    beforeEach((context) => void (missing === undefined || context.skip(missing)));

    async function attempt(serves: boolean, permissions: Permissions = {}): Promise<unknown> {
      const open = await folder();
      // Another's socket, in a place that it can see.
      const victim = createServer((connection) => connection.destroy());
      const loopback = createServer((connection) => connection.destroy());
      onTestFinished(() => void victim.close(() => loopback.close()));
      await new Promise<void>((resolve) => victim.listen(join(open, "other"), resolve));
      await new Promise<void>((resolve) => loopback.listen(0, "127.0.0.1", resolve));
      const { port } = loopback.address() as { readonly port: number };
      const confined = await createSandbox({ by: [by] }).confine({
        plugin: "served", argv: [process.execPath, "-e", TRY, join(open, "own"), join(open, "other"), String(port)], cwd: "/", env: { PATH: process.env["PATH"] ?? "" }, own: [],
        limits: DEFAULT_LIMITS, permissions: { ...permissions, write: [open] }, choice: "strict", serves, signal: new AbortController().signal,
      });
      try {
        const [program = "", ...args] = confined.argv;
        const { stdout } = await promisify(execFile)(program, args, { cwd: confined.cwd, env: { ...confined.env } });
        return JSON.parse(stdout);
      } finally {
        await confined.release();
      }
    }
    const closed = expect.stringMatching(/^(EACCES|EPERM|ECONNREFUSED|ENETUNREACH|EADDRNOTAVAIL)$/) as string;

    test("listens in its folder, and connects to nothing", async () => {
      expect(await attempt(true)).toEqual(["ok", closed, closed, closed]);
    });

    test("does not when it does not serve", async () => {
      expect(await attempt(false)).toEqual([closed, closed, closed, closed]);
    });

    test("with the network too needs bubblewrap", async () => {
      const came = attempt(true, { net: ["*"] });
      if (by === "bubblewrap") expect(await came).toEqual(["ok", expect.any(String), "ok", "ok"]);
      else await expect(came).rejects.toMatchObject({ code: "sandbox_unavailable", message: expect.stringContaining("only bubblewrap") });
    });
  });
}
