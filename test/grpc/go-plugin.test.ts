import { execFile, spawn, type ChildProcess } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createIdentity, goPlugin } from "@sallyport/adapter-grpc";
import { createKernel } from "@sallyport/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildKv, GO_PLUGIN, KV } from "./go.js";

const bin = fileURLToPath(new URL("../../cli/bin/sallyport.js", import.meta.url));

describe("a plugin built with hashicorp/go-plugin", () => {
  let missing: string | undefined;
  let folder: string;

  beforeAll(async () => {
    missing = await buildKv();
    // It writes into its working directory.
    folder = mkdtempSync(join(realpathSync(tmpdir()), "kv-"));
    if (missing === undefined) copyFileSync(KV, join(folder, "kv"));
    for (const file of ["plugin.json", "kv.proto"]) copyFileSync(join(GO_PLUGIN, file), join(folder, file));
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const call = (...args: readonly string[]): Promise<{ readonly exit: number; readonly stdout: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [bin, "call", ...args, "--json", "--plugin", folder, "--permit", `write:${folder}`], (error, stdout) => resolve({ exit: typeof error?.code === "number" ? error.code : 0, stdout: stdout.trimEnd() }));
    });

  it("is loaded as it is, and its services are methods", { timeout: 60_000 }, async (context) => {
    if (missing !== undefined) return context.skip(missing);
    expect(await call("kv.put", '{"key":"greeting","value":{"$bytes":"aGVsbG8="}}', "--mode", "go-plugin")).toEqual({ exit: 0, stdout: "{}" });
    const { exit, stdout } = await call("kv.get", '{"key":"greeting"}');
    expect(exit).toBe(0);
    expect(Buffer.from(JSON.parse(stdout).value.$bytes, "base64").toString()).toBe("hello\n\nWritten from plugin-go-grpc");
  });

  it("speaks TLS to this start of the host alone, logs, and ends with the host's goodbye", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const logs: string[] = [];
    await using kernel = createKernel({ adapters: [goPlugin()], hooks: { log: ({ level, message }) => void logs.push(`${level} ${message}`) } });
    const { label } = await kernel.load({ path: folder, mode: "go-plugin", permissions: { write: [folder] } });
    await expect(kernel.call("kv.get", { key: "nothing" })).rejects.toMatchObject({ code: "internal", message: "open kv_nothing: no such file or directory" });
    await expect(kernel.call("kv.get", { key: 5 })).rejects.toMatchObject({ code: "invalid_argument", path: "params.key" });
    expect(logs).toContain("debug configuring server automatic mTLS");
    const pid = Number(label?.slice(4));
    expect(process.kill(pid, 0)).toBe(true);
    await kernel.unload("kv");
    expect(() => process.kill(pid, 0)).toThrow();
  });

  it("that runs already is reattached, and stays when it is let go", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const running = spawn(join(folder, "kv"), { cwd: folder, env: { BASIC_PLUGIN: "hello", PLUGIN_PROTOCOL_VERSIONS: "1", PLUGIN_UNIX_SOCKET_DIR: folder }, stdio: ["ignore", "pipe", "ignore"] }) as ChildProcess & { stdout: NodeJS.ReadableStream };
    try {
      const [line] = (await once(createInterface({ input: running.stdout }), "line")) as [string];
      const address = line.split("|")[3] as string;
      const elsewhere = join(folder, "reattach");
      cpSync(join(folder, "kv.proto"), join(elsewhere, "kv.proto"));
      const manifest = { name: "kv", version: "1.0.0", modes: { "go-plugin": { proto: ["kv.proto"], cookie: { key: "BASIC_PLUGIN", value: "hello" }, reattach: { network: "unix", address, pid: running.pid } } } };
      writeFileSync(join(elsewhere, "plugin.json"), JSON.stringify(manifest));

      const kernel = createKernel({ adapters: [goPlugin()] });
      await expect(kernel.load({ path: elsewhere })).rejects.toMatchObject({ code: "permission_denied", path: "permissions.write" });
      await expect(kernel.load({ path: elsewhere, sandbox: "strict", permissions: { write: [address] } })).rejects.toMatchObject({ code: "sandbox_unavailable" });
      await kernel.load({ path: elsewhere, permissions: { write: [address] } });
      expect(await kernel.call("kv.put", { key: "again", value: new Uint8Array([1]) })).toEqual({});
      await kernel.close();
      expect(running.exitCode).toBeNull();

      await using second = createKernel({ adapters: [goPlugin()] });
      await second.load({ path: elsewhere, permissions: { write: [address] }, restart: false });
      running.kill("SIGKILL");
      await expect.poll(() => second.list()[0]?.state, { timeout: 10_000 }).not.toBe("ready");
    } finally {
      running.kill("SIGKILL");
    }
  });
});

describe("a program that says it is one", () => {
  const FAKE = fileURLToPath(new URL("fixtures/fake", import.meta.url));
  const load = async (line: string): Promise<{ readonly code: string; readonly message: string; readonly help: string }> => {
    await using kernel = createKernel({ adapters: [goPlugin()] });
    return await kernel.load({ path: FAKE, mode: "go-plugin", args: [line], startTimeoutMs: 10_000 }).then(() => ({ code: "started", message: "", help: "" }), (error: unknown) => error as never);
  };
  const certificate = createIdentity().then(({ certificate: pem }) => pem.replace(/-----[A-Z ]+-----|\n/g, ""));

  it.each([
    ["Usage: fake [flags]", "bad_handshake", "expected the handshake line of go-plugin", "HandshakeConfig"],
    ["2|1|unix|%s/plugin|grpc|", "version_mismatch", "core protocol 2", "Rebuild"],
    ["1|9|unix|%s/plugin|grpc|", "version_mismatch", "version 9 of its own protocol; its manifest has 1, 3", "versions"],
    ["1|1|unix|%s/plugin|netrpc|", "bad_handshake", "serves 'netrpc'", "DefaultGRPCServer"],
    ["1|1|unix|%s/plugin", "bad_handshake", "serves 'netrpc'", "DefaultGRPCServer"],
    ["1|1|unix|%s/plugin|grpc|", "bad_handshake", "shows no certificate", "autoMtls"],
    ["1|1|tcp|93.184.216.34:443|grpc|CERT", "bad_handshake", "anybody could be or reach", "Unix socket"],
    ["1|1|tcp|localhost:80|grpc|CERT", "bad_handshake", "anybody could be or reach", "Unix socket"],
    ["1|1|unix|/run/docker.sock|grpc|CERT", "bad_handshake", "outside of the folder", "Listen in"],
    ["1|1|unix|%s/../../x|grpc|CERT", "bad_handshake", "outside of the folder", "Listen in"],
    ["1|1|unix|%s/plugin|grpc|CERT", "bad_handshake", "there is nothing", "Listen first"],
    [`1|1|unix|%s/plugin|grpc|${"A".repeat(100)}`, "bad_handshake", "cannot be read", "Rebuild"],
    [`1|1|unix|%s/plugin|grpc|${"A".repeat(20_000)}`, "bad_handshake", "wrote no line", ""],
    ["1|1|vsock|3:5|grpc|CERT", "bad_handshake", "network 'vsock'", "Unix socket"],
  ])("%s is refused", async (line, code, text, help) => {
    const error = await load(line.replace("CERT", await certificate));
    expect(error).toMatchObject({ code, message: expect.stringContaining(text), help: expect.stringContaining(help) });
  });
});

it("a certificate made for one start is one that node:crypto reads, of a key that is its own", async () => {
  const { certificate, key } = await createIdentity();
  const read = new X509Certificate(certificate);
  expect(read).toMatchObject({ subject: "CN=localhost", issuer: "CN=localhost", subjectAltName: "DNS:localhost", ca: true });
  expect(read.verify(read.publicKey)).toBe(true);
  expect(read.checkPrivateKey((await import("node:crypto")).createPrivateKey(key))).toBe(true);
  expect(Date.parse(read.validFrom)).toBeLessThan(Date.now());
  expect((await createIdentity()).certificate).not.toBe(certificate);
  expect(readFileSync(new URL("fixtures/go-plugin/go.mod", import.meta.url), "utf8")).toContain("hashicorp/go-plugin v1.8.0");
});
