import { appendFile, chmod, link, mkdir, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createAudit, createHost, verifyAudit } from "sallyport";
import { describe, expect, onTestFinished, test } from "vitest";
import { fixture } from "../cli/sallyport.js";
import { audit, cross, deny, linesIn, privateFolder } from "./logs.js";

describe("what is written", () => {
  test("a host's plugins: what they may do, what they were refused, when they came and went", async () => {
    const base = await privateFolder();
    const host = await createHost({ plugins: { greeter: { path: fixture("greeter.js"), grants: ["call:ledger.balance"] }, poor: fixture("greeter.js") }, audit: { file: "audit.jsonl" } }, { base, provide: { "ledger.balance": () => 12 } })
      .catch((error: unknown) => error);
    // Two of one kind provide the same methods: the load fails, and that is in the log too.
    expect(host).toMatchObject({ code: "conflict" });
    const kernel = await createHost({ plugins: { greeter: fixture("greeter.js") }, audit: { file: "audit.jsonl" } }, { base, provide: { "ledger.balance": () => 12 } });
    onTestFinished(() => kernel.close());
    await expect(kernel.call("greet.balance", { account: "a1" })).rejects.toMatchObject({ code: "permission_denied" });
    await kernel.close();
    const lines = await linesIn(join(base, "audit.jsonl"));
    expect(lines.map((line) => line.seq)).toEqual(lines.map((_, i) => i + 1));
    expect(lines.findLast((line) => line.event === "allowed")).toMatchObject({ plugin: "greeter", mode: "process", grants: [] });
    expect(lines.find((line) => line.event === "denied")).toMatchObject({ plugin: "greeter", reason: "call:ledger.balance" });
    expect(lines.at(-1)).toMatchObject({ plugin: "host", event: "closed" });
    expect(await verifyAudit(join(base, "audit.jsonl"))).toMatchObject({ isWhole: true, notes: [] });
    expect((await stat(join(base, "audit.jsonl"))).mode & 0o777).toBe(0o600);
    expect(await readdir(base)).not.toContain("audit.jsonl.lock");
  });

  test("without crossings nothing listens to them, so a call pays nothing", async () => {
    const base = await privateFolder();
    expect(audit({ file: join(base, "a.jsonl") }).hooks.crossing).toBeUndefined();
    expect(audit({ file: join(base, "b.jsonl"), crossings: "all" }).hooks.crossing).toBeTypeOf("function");
  });

  test("crossings go to a file of their own, all or one in so many", async () => {
    const base = await privateFolder();
    await using all = createAudit({ file: join(base, "all.jsonl"), crossings: "all" });
    await using some = createAudit({ file: join(base, "some.jsonl"), crossings: { every: 10 } });
    for (let i = 0; i < 2000; i++) for (const each of [all, some]) cross(each, "fx", "fx.convert");
    await all[Symbol.asyncDispose]();
    await some[Symbol.asyncDispose]();
    const count = async (name: string): Promise<number> => (await linesIn(join(base, name))).filter((line) => line.event === "call").length;
    expect(await count("all.crossings.jsonl")).toBe(2000);
    expect(await count("some.crossings.jsonl")).toBeGreaterThan(80);
    expect(await count("some.crossings.jsonl")).toBeLessThan(400);
    expect(await count("all.jsonl")).toBe(0);
    expect((await verifyAudit(join(base, "all.crossings.jsonl"))).isWhole).toBe(true);
  });

  test("whatever a name holds, it is one short line of plain text", async () => {
    const base = await privateFolder();
    const file = join(base, "audit.jsonl");
    const log = audit({ file });
    const names = ['a\n{"seq":99,"event":"closed"}', "\u001b[2J\u009b", "\u202e\u2028\u2029", "\ud800", `"},"hash":"${"0".repeat(64)}"}`, "x".repeat(1 << 20), "\u0000".repeat(5000)];
    for (const name of names) deny(log, "evil", `call:${name}`);
    log.hooks.lifecycle?.({ at: NaN, plugin: "evil\n", event: "dropped", detail: { big: 1n, deep: "y".repeat(1 << 20) } });
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    log.hooks.lifecycle?.({ at: 0, plugin: "evil", event: "dropped", detail: cycle });
    await log[Symbol.asyncDispose]();
    const text = await readFile(file, "utf8");
    expect(text.split("\n")).toHaveLength(2 + names.length + 2 + 1 + 1);
    // eslint-disable-next-line no-control-regex -- the point is to find them
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e]/);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(4096);
    expect(await verifyAudit(file)).toMatchObject({ isWhole: true, notes: [] });
  });
});

describe("a flood", () => {
  test("is counted, and pushes nobody's lines out", async () => {
    const file = join(await privateFolder(), "audit.jsonl");
    const log = audit({ file, maxMb: 1, keep: 1 });
    deny(log, "quiet", "call:before");
    for (let i = 0; i < 200_000; i++) deny(log, "loud", `call:ledger.${i}`);
    // The host's own word on the loud one gets through all the same.
    log.hooks.lifecycle?.({ at: Date.now(), plugin: "loud", event: "crashed", reason: "stuck" });
    deny(log, "quiet", "call:after");
    await log[Symbol.asyncDispose]();
    const lines = await linesIn(file);
    expect((await stat(file)).size).toBeLessThan(100_000);
    expect(lines.filter((line) => line.plugin === "quiet").map((line) => line["reason"])).toEqual(["call:before", "call:after"]);
    expect(lines.find((line) => line.event === "crashed")).toMatchObject({ plugin: "loud", reason: "stuck" });
    const written = lines.filter((line) => line.plugin === "loud" && line.event === "denied").length;
    expect(lines.find((line) => line.event === "flood")).toMatchObject({ plugin: "loud", dropped: 200_000 - written, of: { denied: 200_000 - written } });
  });
});

describe("rotation", () => {
  test("files set aside are numbered, chained, and so many stay", async () => {
    const base = await privateFolder();
    const file = join(base, "audit.jsonl");
    const log = audit({ file, maxMb: 1, keep: 2, crossings: "all" });
    for (let turn = 0; turn < 6; turn++) {
      for (let i = 0; i < 3500; i++) cross(log, "fx", `fx.${"n".repeat(180)}`);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    await log[Symbol.asyncDispose]();
    const names = (await readdir(base)).filter((name) => name.startsWith("audit.crossings.jsonl"));
    expect(names.filter((name) => /\d$/.test(name))).toHaveLength(2);
    const found = await verifyAudit(join(base, "audit.crossings.jsonl"));
    expect(found).toMatchObject({ isWhole: true, problems: [] });
    expect(found.files).toHaveLength(3);
    expect(found.notes[0]?.what).toMatch(/oldest that is left/);
    // A file out of the middle is missed, and so is the oldest that should be there.
    for (const name of names.filter((each) => /\d$/.test(each))) {
      const path = join(base, name);
      const bytes = await readFile(path);
      await rm(path);
      expect((await verifyAudit(join(base, "audit.crossings.jsonl"))).isWhole, name).toBe(false);
      await writeFile(path, bytes, { mode: 0o600 });
    }
  });
});

describe("who may write it", () => {
  test("a second host is refused while the first lives", async () => {
    const file = join(await privateFolder(), "audit.jsonl");
    const first = audit({ file });
    expect(() => createAudit({ file })).toThrow(expect.objectContaining({ code: "conflict", message: expect.stringContaining(`pid ${process.pid}`) as string }));
    await first[Symbol.asyncDispose]();
    audit({ file });
  });

  test("a lock whose process is gone, or whose number another one has now, is taken over", async () => {
    const file = join(await privateFolder(), "audit.jsonl");
    audit({ file });
    const lock = JSON.parse(await readFile(`${file}.lock`, "utf8")) as Record<string, unknown>;
    const other = join(await privateFolder(), "audit.jsonl");
    for (const stale of [{ ...lock, pid: 2 ** 22 + 1 }, { ...lock, pid: process.ppid, start: "1" }, { ...lock, boot: "another" }]) {
      await writeFile(`${other}.lock`, JSON.stringify(stale));
      await createAudit({ file: other })[Symbol.asyncDispose]();
    }
    for (const unknown of [{ ...lock, machine: "elsewhere" }, { ...lock, processes: "pid:[1]" }, "garbage"]) {
      await writeFile(`${other}.lock`, JSON.stringify(unknown));
      expect(() => createAudit({ file: other })).toThrow(expect.objectContaining({ code: "conflict", help: expect.stringContaining("rm ") as string }));
    }
  });

  test.skipIf(process.getuid === undefined)("a file or folder that others can change is refused with the command that mends it", async () => {
    const base = await privateFolder();
    const file = join(base, "audit.jsonl");
    const refused = (help: string): void => expect(() => createAudit({ file })).toThrow(expect.objectContaining({ code: "permission_denied", help: expect.stringContaining(help) as string }));
    await chmod(base, 0o770);
    refused(`chmod go-w ${base}`);
    await chmod(base, 0o700);
    await writeFile(file, "", { mode: 0o644 });
    refused(`chmod 600 ${file}`);
    await chmod(file, 0o600);
    await link(file, join(base, "other"));
    refused("Remove the other link");
    await rm(file);
    await symlink(join(base, "other"), file);
    refused("Name the file itself");
    await rm(file);
    await mkdir(file);
    expect(() => createAudit({ file })).toThrow();
    expect(await readdir(base)).not.toContain("audit.jsonl.lock");
  });

  test("a file that is something else is left alone", async () => {
    const file = join(await privateFolder(), "notes.txt");
    await writeFile(file, "dear diary\n", { mode: 0o600 });
    expect(() => createAudit({ file })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    expect(await readFile(file, "utf8")).toBe("dear diary\n");
  });
});

describe("a log that is taken away", () => {
  test("is reported while the host runs, and keeps plugins out where it is required", async () => {
    const base = await privateFolder();
    const said: string[] = [];
    const kernel = await createHost({ plugins: {}, audit: { file: "audit.jsonl", required: true } }, { base, hooks: { log: (entry) => said.push(`${entry.plugin} ${entry.level} ${entry.message}`) } });
    onTestFinished(() => kernel.close());
    await rm(join(base, "audit.jsonl"));
    await kernel.load({ path: fixture("greeter.js") });
    await expect.poll(() => said).toEqual([expect.stringMatching(/^host error .*was moved or removed while the host ran.*no plugin is loaded until/)]);
    await expect(kernel.load({ path: fixture("greeter.js"), name: "second" })).rejects.toMatchObject({ code: "failed_precondition" });
    await expect(kernel.call("greet.hello", { name: "me" })).resolves.toBeDefined();
  });
});

describe("a key", () => {
  const key = async (base: string, name: string): Promise<{ keyFile: string; key: Buffer }> => {
    const bytes = Buffer.from(name.repeat(32).slice(0, 32));
    await writeFile(join(base, name), bytes, { mode: 0o600 });
    return { keyFile: join(base, name), key: bytes };
  };

  test("shows a file that was written anew, which a chain alone does not", async () => {
    const base = await privateFolder();
    const { keyFile, key: bytes } = await key(base, "k");
    const file = join(base, "audit.jsonl");
    const write = async (options: { keyFile?: string }): Promise<void> => {
      const log = audit({ file, ...options });
      deny(log, "fx", "call:ledger.close");
      await log[Symbol.asyncDispose]();
    };
    await write({ keyFile });
    expect((await verifyAudit(file, { key: bytes })).isWhole).toBe(true);
    expect((await verifyAudit(file)).problems[0]?.what).toMatch(/name the key/);
    expect((await verifyAudit(file, { key: Buffer.alloc(32) })).problems[0]?.what).toMatch(/another key/);
    await rm(file);
    await rm(`${file}.head`);
    await write({});
    expect((await verifyAudit(file)).isWhole).toBe(true);
    expect((await verifyAudit(file, { key: bytes })).problems[0]?.what).toMatch(/not authenticated/);
  });

  test("a log goes on with another key in a file of its own", async () => {
    const base = await privateFolder();
    const file = join(base, "audit.jsonl");
    await createAudit({ file })[Symbol.asyncDispose]();
    const { keyFile, key: bytes } = await key(base, "k");
    await createAudit({ file, keyFile })[Symbol.asyncDispose]();
    expect(await readdir(base)).toContain("audit.jsonl.1");
    expect((await linesIn(file))[0]).toMatchObject({ event: "opened", file: 2, seq: 4 });
    expect((await verifyAudit(`${file}.1`)).isWhole).toBe(true);
    expect((await verifyAudit(file, { key: bytes })).problems).toMatchObject([{ file: `${file}.1` }]);
  });

  test("a short or open key is refused", async () => {
    const base = await privateFolder();
    const keyFile = join(base, "k");
    await writeFile(keyFile, "short", { mode: 0o600 });
    expect(() => createAudit({ file: join(base, "a.jsonl"), keyFile })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    await writeFile(keyFile, "x".repeat(32));
    await chmod(keyFile, 0o644);
    expect(() => createAudit({ file: join(base, "a.jsonl"), keyFile })).toThrow(expect.objectContaining({ code: "permission_denied" }));
  });
});

describe("after a crash", () => {
  test("a torn end is noted and gone on from; one that is mended by hand is found", async () => {
    const file = join(await privateFolder(), "audit.jsonl");
    const run = async (): Promise<void> => {
      const log = audit({ file });
      deny(log, "fx", "call:a");
      await log[Symbol.asyncDispose]();
    };
    await run();
    await appendFile(file, '{"seq":5,"at":"2026');
    expect((await verifyAudit(file)).problems[0]?.what).toMatch(/cut off in the middle/);
    await run();
    expect(await verifyAudit(file)).toMatchObject({ isWhole: true, notes: [{ line: 5, what: expect.stringContaining("cut off") as string }] });
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace('"at":"2026\n', '"at":"2027\n'));
    expect((await verifyAudit(file)).isWhole).toBe(false);
    await writeFile(file, text.slice(0, -1));
    await run();
    expect(await verifyAudit(file)).toMatchObject({ isWhole: true });
  });

  test("lines that are gone when the next run starts stay known to be gone", async () => {
    const file = join(await privateFolder(), "audit.jsonl");
    const run = async (): Promise<void> => {
      const log = audit({ file });
      deny(log, "fx", "call:a");
      await log[Symbol.asyncDispose]();
    };
    await run();
    const text = await readFile(file, "utf8");
    await writeFile(file, `${text.split("\n").slice(0, 2).join("\n")}\n`);
    expect((await verifyAudit(file)).problems[0]?.what).toMatch(/missing from the end: line 4 was written/);
    await run();
    expect((await verifyAudit(file)).problems).toMatchObject([{ line: 3, what: expect.stringContaining("found at its start") as string }]);
    // All of it removed: the head remembers.
    await rm(file);
    await run();
    expect((await verifyAudit(file)).isWhole).toBe(false);
  });

  test.each(["before the new file", "in the middle of the renames", "with a start that was torn"])("stopped %s", async (where) => {
    const file = join(await privateFolder(), "audit.jsonl");
    await createAudit({ file })[Symbol.asyncDispose]();
    if (where === "before the new file") await writeFile(`${file}.next`, "", { mode: 0o600 });
    if (where === "in the middle of the renames") {
      await writeFile(`${file}.1`, await readFile(file), { mode: 0o600 });
      await rm(file);
    }
    if (where === "with a start that was torn") {
      await writeFile(file, '{"seq":1,"at', { mode: 0o600 });
      await rm(`${file}.head`);
    }
    await createAudit({ file })[Symbol.asyncDispose]();
    expect(await verifyAudit(file)).toMatchObject({ isWhole: true });
  });

  test("a damaged end is set aside as it is, and the log goes on", async () => {
    const file = join(await privateFolder(), "audit.jsonl");
    await createAudit({ file })[Symbol.asyncDispose]();
    await appendFile(file, `${"\u0000".repeat(200_000)}\n`);
    await createAudit({ file })[Symbol.asyncDispose]();
    const found = await verifyAudit(file);
    expect(found.files).toHaveLength(2);
    expect(found.problems.length).toBeGreaterThan(0);
    expect((await linesIn(file)).map((line) => line.event)).toEqual(["opened", "started", "closed"]);
  });
});
