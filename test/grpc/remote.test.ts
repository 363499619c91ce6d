import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createIdentity, grpc, type Identity } from "@sallyport/adapter-grpc";
import { createKernel, type Kernel, type PluginSpec } from "@sallyport/kernel";
import * as library from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

const PROTO = 'syntax = "proto3"; package fx; import "google/protobuf/wrappers.proto"; service Fx { rpc Double(google.protobuf.Int32Value) returns (google.protobuf.Int32Value); }';

describe("a server elsewhere", () => {
  let folder: string;
  let server: Identity;
  let client: Identity;
  let stranger: Identity;
  let port = 0;
  let running: library.Server;

  /** Takes nobody but who shows the client's certificate. */
  async function listen(at: number): Promise<library.Server> {
    const made = new library.Server();
    const path = "/fx.Fx/Double";
    const pass = (bytes: Buffer): Buffer => bytes;
    made.addService(
      { Double: { path, requestStream: false, responseStream: false, requestSerialize: pass, requestDeserialize: pass, responseSerialize: pass, responseDeserialize: pass } },
      { Double: (call: { readonly request: Buffer }, answer: (error: null, bytes: Buffer) => void) => answer(null, Buffer.of(8, (call.request[1] ?? 0) * 2)) } as unknown as library.UntypedServiceImplementation,
    );
    const credentials = library.ServerCredentials.createSsl(Buffer.from(client.certificate), [{ private_key: Buffer.from(server.key), cert_chain: Buffer.from(server.certificate) }], true);
    port = await new Promise<number>((resolve, reject) => made.bindAsync(`127.0.0.1:${at}`, credentials, (error, bound) => (error ? reject(error) : resolve(bound))));
    return made;
  }
  function manifest(more: Record<string, unknown> = {}, tls: unknown = { ca: "ca.pem", cert: "host.pem", key: "host.key", serverName: "localhost" }): void {
    writeFileSync(join(folder, "plugin.json"), JSON.stringify({ name: "fx", version: "1.0.0", modes: { grpc: { proto: ["fx.proto"], address: `127.0.0.1:${port}`, ...(tls !== null && { tls }) } }, ...more }));
  }
  const kernelOf = (): Kernel => {
    const kernel = createKernel({ adapters: [grpc()], secrets: { get: async () => ({ value: client.key, generation: "1" }) } });
    onTestFinished(() => kernel.close());
    return kernel;
  };
  const spec = (more: Partial<PluginSpec> = {}): PluginSpec => ({ path: folder, permissions: { net: [`127.0.0.1:${port}`] }, restart: false, ...more });

  beforeAll(async () => {
    folder = mkdtempSync(join(realpathSync(tmpdir()), "remote-"));
    [server, client, stranger] = await Promise.all([createIdentity(), createIdentity(), createIdentity()]);
    writeFileSync(join(folder, "fx.proto"), PROTO);
    writeFileSync(join(folder, "ca.pem"), server.certificate);
    writeFileSync(join(folder, "host.pem"), client.certificate);
    writeFileSync(join(folder, "host.key"), client.key, { mode: 0o600 });
    writeFileSync(join(folder, "other.pem"), stranger.certificate);
    writeFileSync(join(folder, "other.key"), stranger.key, { mode: 0o600 });
    running = await listen(0);
    manifest();
  });
  afterAll(() => {
    running.forceShutdown();
    rmSync(folder, { recursive: true });
  });

  it("is called by mutual TLS, and again when it comes back", async () => {
    const kernel = kernelOf();
    expect(await kernel.load(spec())).toMatchObject({ label: `127.0.0.1:${port}`, unsafe: true });
    expect(await kernel.call("fx.double", 21)).toBe(42);
    running.forceShutdown();
    await expect(kernel.call("fx.double", 21)).rejects.toMatchObject({ code: "unavailable", retryable: true });
    expect(kernel.list()[0]?.state).toBe("ready");
    running = await listen(port);
    await expect.poll(() => kernel.call("fx.double", 4).catch(() => 0)).toBe(8);
  });

  it("is not reached unless the config opens its address", async () => {
    for (const net of [[], ["127.0.0.1:1"], ["*:1"]]) await expect(kernelOf().load(spec({ permissions: { net } }))).rejects.toMatchObject({ code: "permission_denied", path: "permissions.net", help: expect.stringContaining(`127.0.0.1:${port}`) });
    await expect(kernelOf().load(spec({ permissions: { net: [`*:${port}`] } }))).resolves.toMatchObject({ state: "ready" });
  });

  it("is not reached without certificates, nor by a key that others can read", async () => {
    onTestFinished(() => {
      chmodSync(join(folder, "host.key"), 0o600);
      manifest();
    });
    chmodSync(join(folder, "host.key"), 0o640);
    await expect(kernelOf().load(spec())).rejects.toMatchObject({ code: "permission_denied", help: `Run: chmod 600 ${join(folder, "host.key")}` });
    manifest({}, null);
    await expect(kernelOf().load(spec())).rejects.toMatchObject({ code: "invalid_argument", path: "modes.grpc.tls" });
    manifest({}, { ca: "ca.pem", cert: "host.pem", key: "other.key" });
    await expect(kernelOf().load(spec())).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("cannot be used") });
    manifest({}, { ca: "/etc/ssl/cert.pem", cert: "host.pem", key: "host.key" });
    await expect(kernelOf().load(spec())).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("an absolute path") });
  });

  it("is refused when it is another, or has another name; and refuses another host", async () => {
    onTestFinished(() => manifest());
    manifest({}, { ca: "other.pem", cert: "host.pem", key: "host.key", serverName: "localhost" });
    await expect(kernelOf().load(spec())).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining("certificate") });
    manifest({}, { ca: "ca.pem", cert: "host.pem", key: "host.key" });
    await expect(kernelOf().load(spec())).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining("127.0.0.1") });
    manifest({}, { ca: "ca.pem", cert: "other.pem", key: "other.key", serverName: "localhost" });
    await expect(kernelOf().load(spec()).then((info) => (info.state === "ready" ? kernelOf().call("fx.double", 1) : info))).rejects.toMatchObject({ code: expect.stringMatching(/^(unavailable|not_found)$/) });
  });

  it("may get its key as a secret, by the grant that any plugin needs for one", async () => {
    onTestFinished(() => manifest());
    manifest({ needs: ["secret:fx.key"] }, { ca: "ca.pem", cert: "host.pem", key: { secret: "fx.key" }, serverName: "localhost" });
    await expect(kernelOf().load(spec())).rejects.toMatchObject({ code: "permission_denied" });
    const kernel = kernelOf();
    await kernel.load(spec({ grants: ["secret:fx.key"] }));
    expect(await kernel.call("fx.double", 5)).toBe(10);
  });

  it("is not confined, and says so", async () => {
    await expect(kernelOf().load(spec({ sandbox: "strict" }))).rejects.toMatchObject({ code: "sandbox_unavailable" });
  });

  it("or a program: one of them has to be named, and what it serves", async () => {
    onTestFinished(() => manifest());
    writeFileSync(join(folder, "plugin.json"), JSON.stringify({ name: "fx", version: "1.0.0", modes: { grpc: { proto: ["fx.proto"] } } }));
    await expect(kernelOf().load(spec())).rejects.toMatchObject({ code: "invalid_argument", path: "entry" });
    writeFileSync(join(folder, "plugin.json"), JSON.stringify({ name: "fx", version: "1.0.0", entry: { grpc: "fx.proto" } }));
    await expect(kernelOf().load(spec({ mode: "grpc" }))).rejects.toMatchObject({ code: "invalid_argument", path: "modes.grpc" });
    writeFileSync(join(folder, "plugin.json"), JSON.stringify({ name: "fx", version: "1.0.0", modes: { grpc: { proto: [], port: 5 } } }));
    await expect(kernelOf().load(spec())).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringMatching(/plugin\.json:1:\d+: modes\.grpc/) });
  });
});
