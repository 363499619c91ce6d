import { chmod, chown, mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SallyportError } from "@sallyport/bus";
import { createHost, createSecrets } from "sallyport";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { fixture, folder, sallyportHere as sallyport } from "./sallyport.js";

const signal = AbortSignal.timeout(30_000);
const thrown = (promise: Promise<unknown>): Promise<SallyportError> => promise.then(() => { throw new Error("it was read"); }, (error: SallyportError) => error);

async function secretFile(text = "hunter-2-hunter\n", mode = 0o600): Promise<{ base: string; file: string }> {
  const base = await folder({ "keys/bank": text });
  await chmod(join(base, "keys"), 0o700);
  await chmod(join(base, "keys/bank"), mode);
  return { base, file: join(base, "keys/bank") };
}

describe("a secret in a file", () => {
  test("is its text without the last newline, and another value is another generation", async () => {
    const { base, file } = await secretFile();
    const secrets = createSecrets({ t: { file: "keys/bank" } }, base);
    const first = await secrets.get("t", signal);
    expect(first).toEqual({ value: "hunter-2-hunter", generation: expect.stringMatching(/^[0-9a-f]{12}$/) as string });
    expect(await secrets.get("t", signal)).toEqual(first);
    await writeFile(file, "another value");
    const second = await secrets.get("t", signal);
    expect(second.value).toBe("another value");
    expect(second.generation).not.toBe(first.generation);
    await writeFile(file, "hunter-2-hunter\n");
    expect((await secrets.get("t", signal)).generation).not.toBe(first.generation);
  });

  test.each([0o644, 0o640, 0o604, 0o660, 0o700 | 0o001])("that others can use is refused with the command that mends it: %o", async (mode) => {
    const { base, file } = await secretFile("x", mode);
    const error = await thrown(createSecrets({ t: { file: "keys/bank" } }, base).get("t", signal));
    expect(error).toMatchObject({ code: "permission_denied", help: `Run: chmod 600 ${file}` });
    await chmod(file, 0o400);
    await expect(createSecrets({ t: { file: "keys/bank" } }, base).get("t", signal)).resolves.toMatchObject({ value: "x" });
  });

  test("in a folder that others can write, however far up, is refused", async () => {
    const { base, file } = await secretFile("x");
    await mkdir(join(base, "deep/er"), { recursive: true });
    await rename(file, join(base, "deep/er/bank"));
    await chmod(join(base, "deep"), 0o777);
    expect(await thrown(createSecrets({ t: { file: "deep/er/bank" } }, base).get("t", signal))).toMatchObject({ code: "permission_denied", help: `Run: chmod o-w ${join(base, "deep")}` });
    await chmod(join(base, "deep"), 0o1777);
    await expect(createSecrets({ t: { file: "deep/er/bank" } }, base).get("t", signal)).resolves.toMatchObject({ value: "x" });
  });

  test("is looked at where a link leads to, and on the way there", async () => {
    const { base } = await secretFile("x");
    await symlink(join(base, "keys/bank"), join(base, "link"));
    await expect(createSecrets({ t: { file: "link" } }, base).get("t", signal)).resolves.toMatchObject({ value: "x" });
    await chmod(join(base, "keys"), 0o777);
    expect(await thrown(createSecrets({ t: { file: "link" } }, base).get("t", signal))).toMatchObject({ code: "permission_denied", help: `Run: chmod o-w ${join(base, "keys")}` });
  });

  test("of another user is refused, and so is one in another's folder", async (context) => {
    if (process.getuid?.() !== 0) return context.skip("only root can give files away");
    const { base, file } = await secretFile("x");
    await chown(file, 65_534, 65_534);
    expect(await thrown(createSecrets({ t: { file } }, base).get("t", signal))).toMatchObject({ code: "permission_denied", help: `Run: sudo chown 0 ${file}` });
    await chown(file, 0, 0);
    await chown(join(base, "keys"), 65_534, 65_534);
    expect(await thrown(createSecrets({ t: { file } }, base).get("t", signal))).toMatchObject({ code: "permission_denied", help: `Run: sudo chown 0 ${join(base, "keys")}` });
  });

  test("that is missing, a folder, a device or too large says so", async () => {
    const { base, file } = await secretFile("x".repeat(70_000));
    const messages = await Promise.all(["keys/none", "keys", "/dev/zero", file].map(async (path) => (await thrown(createSecrets({ t: { file: path } }, base).get("t", signal))).message));
    expect(messages).toEqual([expect.stringContaining("does not exist"), expect.stringContaining("is not a file"), expect.stringContaining("is not a file"), expect.stringContaining("more than 65536 bytes")]);
  });

  test("that is replaced is told of", async () => {
    const { base, file } = await secretFile();
    const changed = vi.fn();
    const stop = createSecrets({ t: { file } }, base).watch?.("t", changed);
    onTestFinished(() => stop?.());
    await new Promise((resolve) => setTimeout(resolve, 50));
    await writeFile(`${file}.new`, "next", { mode: 0o600 });
    await rename(`${file}.new`, file);
    await vi.waitFor(() => expect(changed).toHaveBeenCalled(), { timeout: 15_000 });
  });
});

describe("a secret in the host's environment", () => {
  test("is what stands there now", async () => {
    onTestFinished(() => void delete process.env["SALLYPORT_TEST_TOKEN"]);
    const secrets = createSecrets({ t: { env: "SALLYPORT_TEST_TOKEN" } }, "/");
    expect(await thrown(secrets.get("t", signal))).toMatchObject({ code: "unavailable" });
    process.env["SALLYPORT_TEST_TOKEN"] = "one";
    const first = await secrets.get("t", signal);
    process.env["SALLYPORT_TEST_TOKEN"] = "two";
    const second = await secrets.get("t", signal);
    expect([first.value, second.value]).toEqual(["one", "two"]);
    expect(first.generation).not.toBe(second.generation);
  });
});

describe("a secret from a command", () => {
  const run = (command: readonly string[], extra: { readonly timeoutMs?: number } = {}): Promise<unknown> => createSecrets({ t: { command, ...extra } }, "/tmp").get("t", signal);
  const node = (script: string): readonly string[] => [process.execPath, "-e", script];

  test("is what it prints, run without a shell", async () => {
    await expect(run([process.execPath, "-e", "console.log(process.argv[1])", "$(id); `id` && \"x\""])).resolves.toMatchObject({ value: "$(id); `id` && \"x\"" });
  });

  test.each([
    ["fails", node("console.log('half'); process.exit(3)"), "failed with exit code 3"],
    ["prints nothing", node(""), "printed no secret"],
    ["is not there", ["/no/such/program"], "cannot be run: ENOENT"],
    ["prints without end", node("for (;;) require('fs').writeSync(1, 'x'.repeat(4096))"), "more than 65536 bytes"],
  ])("that %s says so, and nothing of its output", async (_name, command, message) => {
    const error = await thrown(run(command));
    expect(error.message).toContain(message);
    expect(JSON.stringify(error)).not.toMatch(/half|xxxx/);
  });

  test("that hangs is ended with all that it started", async () => {
    const base = await folder({});
    const error = await thrown(run(["/bin/sh", "-c", `sleep 60 & echo $! > ${base}/pid; wait`], { timeoutMs: 300 }));
    expect(error).toMatchObject({ code: "deadline_exceeded" });
    const { readFile } = await import("node:fs/promises");
    const pid = Number(await readFile(join(base, "pid"), "utf8"));
    await vi.waitFor(async () => expect(await readFile(`/proc/${pid}/stat`, "utf8").then((text) => text.includes(") Z "), () => true)).toBe(true));
  });
});

describe("the config's secrets", () => {
  test("reach the plugin that has a grant, from a file beside the config", async () => {
    const base = await folder({ "keys/bank": "from-the-file\n", "asker.js": "import { definePlugin } from '@sallyport/plugin'; export default definePlugin({ methods: { 'asker.get': (name, { secret }) => secret(name) } });", "sallyport.json": { plugins: { asker: { path: "./asker.js", grants: ["secret:bank.*"] } }, secrets: { "bank.token": { file: "keys/bank" }, "fx.key": { env: "HOME" } }, secretGraceMs: 1000 } });
    await chmod(join(base, "keys/bank"), 0o600);
    const kernel = await createHost(join(base, "sallyport.json"));
    onTestFinished(() => kernel.close());
    expect(await kernel.call("asker.get", "bank.token")).toMatchObject({ value: "from-the-file" });
    await expect(kernel.call("asker.get", "fx.key")).rejects.toMatchObject({ code: "permission_denied" });
    await expect(kernel.call("asker.get", "bank.other")).rejects.toMatchObject({ code: "permission_denied" });
  });

  test.each([
    ["two sources", { file: "a", env: "B" }, "secrets.t: expected one of the fields file, env, command, got file and env"],
    ["no source", { timeoutMs: 5 }, "secrets.t: expected one of the fields file, env, command, got none"],
    ["a command as text", { command: "pass show x" }, "secrets.t.command: expected an array"],
    ["the secret itself", "hunter2", "secrets.t: expected an object"],
    ["another field", { file: "a", mode: 7 }, "secrets.t.mode: expected one of the fields"],
  ])("with %s are refused by line", async (_name, source, message) => {
    const cwd = await folder({ "sallyport.json": JSON.stringify({ plugins: {}, secrets: { t: source } }, undefined, 1) });
    const ran = await sallyport(["check"], { cwd });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/sallyport\.json:\d+:\d+: /);
    expect(ran.stderr).toContain(message);
  });
});

describe("grants with arguments in a config", () => {
  test("are read, shown and kept", async () => {
    const cwd = await folder({ "sallyport.json": { plugins: { talker: { path: fixture("talker"), grants: ["call:a.b", { call: "bank.transfer", where: { account: ["1", "2"] }, delegate: true }] } } } });
    const ran = await sallyport(["list", "--json"], { cwd });
    expect(JSON.parse(ran.stdout)).toMatchObject([{ name: "talker" }]);
    const checked = await sallyport(["check"], { cwd });
    expect(checked.code).toBe(0);
  });

  test.each([
    ["no call", { where: { a: 1 } }, "grants.0: expected the field \"call\""],
    ["no condition", { call: "a.b", where: {} }, "grants.0.where: expected an object with at least one field"],
    ["an object as value", { call: "a.b", where: { a: { b: 1 } } }, "grants.0.where.a: expected"],
    ["an empty list", { call: "a.b", where: { a: [] } }, "grants.0.where.a: expected a list of 1 to 256 values"],
    ["another field", { call: "a.b", were: { a: 1 } }, "grants.0.were: expected one of the fields call, where, delegate"],
    ["a topic", { call: "a..b" }, "grants.0.call: expected a pattern of methods"],
    ["a number", 7, "grants.0: expected a string"],
  ])("and %s are refused by line", async (_name, grant, message) => {
    const cwd = await folder({ "sallyport.json": JSON.stringify({ plugins: { fx: { path: "./fx", grants: [grant] } } }, undefined, 1) });
    const ran = await sallyport(["check"], { cwd });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/sallyport\.json:\d+:\d+: plugins\.fx\./);
    expect(ran.stderr).toContain(message);
  });
});
