import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { DEFAULT_LIMITS } from "@sallyport/bus";
import type { Permissions } from "@sallyport/kernel";
import { createSandbox, type Wish } from "@sallyport/sandbox";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { folder, WAYS } from "./harness.js";

/** What comes of listening at the first path, of connecting to the others, and of listening and connecting by TCP. */
const TRY = `
  const { connect, createServer } = require("node:net");
  const listen = (at) => new Promise((done) => { const s = createServer().on("error", (e) => done(e.code)).listen(at, () => s.close(() => done("ok"))); });
  const reach = (at) => new Promise((done) => { const c = connect(at).on("error", (e) => done(e.code)).on("connect", () => { c.destroy(); done("ok"); }); });
  const [own, other, hidden, abstract, port] = process.argv.slice(1);
  Promise.all([listen(own), reach(other), listen({ port: 0, host: "127.0.0.1" }), reach({ port: Number(port), host: "127.0.0.1" }), reach(hidden), reach("\\0" + abstract)]).then((came) => console.log(JSON.stringify(came)));`;

for (const { by, missing } of WAYS) {
  describe(`a program that serves, strict by ${by}`, () => {
    beforeEach((context) => void (missing === undefined || context.skip(missing)));

    async function attempt(may: Pick<Wish, "serves" | "dials">, permissions: Permissions = {}): Promise<unknown> {
      const [open, closed] = [await folder(), await folder()];
      const abstract = `sallyport-test-${process.pid}-${Date.now()}`;
      // Others' sockets: in a place that it can see, in one that it cannot, and in none.
      const loopback = await listening({ port: 0, host: "127.0.0.1" });
      await Promise.all([{ path: join(open, "other") }, { path: join(closed, "hidden") }, { path: `\0${abstract}` }].map(listening));
      const { port } = loopback.address() as { readonly port: number };
      const confined = await createSandbox({ by: [by] }).confine({
        plugin: "served", argv: [process.execPath, "-e", TRY, join(open, "own"), join(open, "other"), join(closed, "hidden"), abstract, String(port)], cwd: "/", env: { PATH: process.env["PATH"] ?? "" }, own: [],
        limits: DEFAULT_LIMITS, permissions: { ...permissions, write: [open] }, choice: "strict", ...may, signal: new AbortController().signal,
      });
      try {
        const [program = "", ...args] = confined.argv;
        const { stdout } = await promisify(execFile)(program, args, { cwd: confined.cwd, env: { ...confined.env } });
        return JSON.parse(stdout);
      } finally {
        await confined.release();
      }
    }
    const closed = expect.stringMatching(/^(EACCES|EPERM|ECONNREFUSED|ENETUNREACH|EADDRNOTAVAIL|ENOENT)$/) as string;

    test("listens in its folder, and connects to nothing", async () => {
      expect(await attempt({ serves: true })).toEqual(["ok", closed, closed, closed, closed, closed]);
    });

    test("does not when it does not serve", async () => {
      expect(await attempt({})).toEqual([closed, closed, closed, closed, closed, closed]);
    });

    test("with the network too needs bubblewrap", async () => {
      const came = attempt({ serves: true }, { net: ["*"] });
      if (by === "bubblewrap") expect(await came).toEqual(["ok", expect.any(String), "ok", "ok", closed, expect.any(String)]);
      else await expect(came).rejects.toMatchObject({ code: "sandbox_unavailable", message: expect.stringContaining("only bubblewrap") });
    });

    test("and dials reaches the sockets that it sees and no others, which takes bubblewrap", async () => {
      const came = attempt({ serves: true, dials: true });
      if (by === "bubblewrap") expect(await came).toEqual(["ok", "ok", closed, closed, closed, closed]);
      else await expect(came).rejects.toMatchObject({ code: "sandbox_unavailable", message: expect.stringContaining("only bubblewrap"), help: expect.stringContaining("limits") });
    });

    test("dials with the network too, and still reaches no abstract socket of this machine", async (context) => {
      if (by !== "bubblewrap") return;
      const came = await attempt({ serves: true, dials: true }, { net: ["*"] }).catch((error: unknown) => error as { readonly code: string });
      // Without Landlock 6 nothing would keep it from them.
      if ("code" in (came as object)) return context.skip((came as { readonly message: string }).message);
      expect(came).toEqual(["ok", "ok", "ok", "ok", closed, closed]);
    });
  });
}

async function listening(at: { readonly port?: number; readonly host?: string; readonly path?: string }): Promise<Server> {
  const server = createServer((connection) => connection.destroy());
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(at, resolve));
  // Whoever is not kept from it gets there.
  const there = server.address();
  await once(connect(typeof there === "string" ? { path: there } : { port: there?.port ?? 0, host: "127.0.0.1" }), "connect");
  return server;
}
