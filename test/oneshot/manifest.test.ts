import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { oneshot } from "@sallyport/adapter-oneshot";
import { load, makeHost, makePlugin } from "./harness.js";

const never = new AbortController().signal;

async function problemOf(settings: unknown): Promise<string> {
  return oneshot().inspect({ path: makePlugin(settings) }, never).then(() => "none", (error: { code: string; message: string }) => `${error.code} ${error.message}`);
}

describe("a manifest of mode oneshot", () => {
  test("is read with what follows from it", async () => {
    const folder = makePlugin({ methods: { "tool.cat": { run: ["cat"] }, "tool.lines": { run: ["cat"], stdin: "lines", stdout: "lines" } } }, { manifest: { methods: { "tool.cat": { idempotent: true }, "tool.lines": {} } } });
    const source = await oneshot().inspect({ path: folder }, never);
    expect(source).toMatchObject({ name: "tool", kind: "command", root: folder, manifest: { methods: { "tool.cat": { idempotent: true }, "tool.lines": { stream: "both" } } } });
    const { kernel } = makeHost();
    // Its methods are known before anything of it was started.
    const info = await kernel.load({ path: folder, start: "lazy", sandbox: "none" });
    expect(info).toMatchObject({ mode: "oneshot", state: "idle", unsafe: true });
    expect(kernel.api().map(({ name }) => name)).toEqual(expect.arrayContaining(["tool.cat", "tool.lines"]));
  });

  test("that says nothing of it is another mode's", async () => {
    const folder = makePlugin(undefined, { files: { "main.sh": "#!/bin/sh\n" }, manifest: { entry: "main.sh", modes: {} } });
    expect(await oneshot().inspect({ path: folder }, never)).toBeUndefined();
    expect(await oneshot().inspect({ path: join(folder, "main.sh") }, never)).toBeUndefined();
  });

  test.each<[string, unknown, RegExp]>([
    ["no methods", {}, /modes\.oneshot: expected the field "methods", got none/],
    ["an unknown field", { methods: { "tool.a": { run: ["cat"], shell: true } } }, /modes\.oneshot\.methods\.tool\.a\.shell: expected one of the fields run, stdin, stdout, success, errors, got "shell"/],
    ["an empty command", { methods: { "tool.a": { run: [] } } }, /run: expected/],
    ["a program from the caller", { methods: { "tool.a": { run: ["{program}"] } } }, /run\.0: expected the name of a program, the same for each call, got "\{program\}"/],
    ["a program that is an option", { methods: { "tool.a": { run: ["-c", "x"] } } }, /run\.0: expected the name of a program/],
    ["a condition as program", { methods: { "tool.a": { run: [{ if: "x", args: ["cat"] }] } } }, /run\.0: expected the name of a program, got an object/],
    ["an open brace", { methods: { "tool.a": { run: ["cat", "{x"] } } }, /run\.1: expected an argument, got a brace that begins neither/],
    ["an expression", { methods: { "tool.a": { run: ["cat", "{x.y}"] } } }, /run\.1: expected an argument, got a brace/],
    ["a closing brace", { methods: { "tool.a": { run: ["cat", "x}"] } } }, /run\.1: expected an argument, got a brace that ends nothing/],
    ["a list inside a text", { methods: { "tool.a": { run: ["cat", "--x={...x}"] } } }, /run\.1: expected an argument, got \{\.\.\.x\} beside other text/],
    ["a shell's text from the caller", { methods: { "tool.a": { run: ["sh", "-ec", "grep {x} file"] } } }, /run\.2: expected a shell's text without places/],
    ["an option's name from the caller", { methods: { "tool.a": { run: ["cat", "--{x}"] } } }, /run\.1: expected an option whose name is the manifest's/],
    ["a NUL", { methods: { "tool.a": { run: ["cat", "a\0b"] } } }, /run\.1: expected a text of at most 4096 characters, without NUL/],
    ["an unknown stdin", { methods: { "tool.a": { run: ["cat"], stdin: "{...x}" } } }, /stdin: expected none, json, values, lines/],
    ["an unknown stdout", { methods: { "tool.a": { run: ["cat"], stdout: "xml" } } }, /stdout: expected one of "result"/],
    ["a host's error code", { methods: { "tool.a": { run: ["cat"], errors: { "3": "plugin_crashed" } } } }, /errors\.3: expected json, a code that plugins may use/],
    ["an error for success", { methods: { "tool.a": { run: ["cat"], errors: { "0": "conflict" } } } }, /errors\.0: expected an exit code from 1 to 255/],
    ["a code that is both", { methods: { "tool.a": { run: ["cat"], success: [0, 1], errors: { "1": "conflict" } } } }, /errors\.1: expected an exit code that is not in `success` as well/],
    ["a printed error behind a stream", { methods: { "tool.a": { run: ["cat"], stdout: "lines", errors: { "1": "json" } } } }, /errors: expected codes/],
    ["a variable's name", { env: { "A=B": "c" }, methods: { "tool.a": { run: ["cat"] } } }, /env\.A=B: expected the name of a variable/],
    ["a program that looks like a variable", { env: { A: "c" }, methods: { "tool.a": { run: ["/opt/a=b/cat"] } } }, /run\.0: expected a program without =/],
  ])("with %s is refused with the place", async (_name, settings, expected) => {
    const said = await problemOf(settings);
    expect(said).toMatch(/^invalid_argument .*plugin\.json:\d+:\d+: /);
    expect(said).toMatch(expected);
  });

  test("names programs of its folder, and of no other", async () => {
    const folder = makePlugin({ methods: { "tool.a": { run: ["./link"] } } });
    symlinkSync("/bin/cat", join(folder, "link"));
    mkdirSync(join(folder, "sub"));
    await expect(oneshot().inspect({ path: folder }, never)).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("a link that leads out of it"), path: "modes.oneshot.methods.tool.a.run" });
    for (const [program, problem] of [["../../bin/cat", "leads out"], ["./nothing", "nothing exists"], ["./sub", "not a file"]] as const) {
      writeFileSync(join(folder, "plugin.json"), JSON.stringify({ name: "tool", version: "1.0.0", modes: { oneshot: { methods: { "tool.a": { run: [program] } } } } }));
      await expect(oneshot().inspect({ path: folder }, never), program).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining(problem) });
    }
  });

  test("whose programs cannot be started does not load, and says why", async () => {
    const refusal = async (run: readonly string[], mode: "none" | "limits" | "strict", files = {}, settings = {}): Promise<unknown> => load({ "tool.a": { run } }, { sandbox: mode, files, settings }).then(() => "loaded", (error: unknown) => error);
    for (const mode of ["none", "limits", "strict"] as const) {
      for (const settings of [{}, { env: { A: "b" } }]) {
        const missing = (await refusal(["no-such-program-1b7e"], mode, {}, settings)) as { code: string };
        // A machine without a sandbox refuses `strict` itself.
        if (mode === "strict" && missing.code === "sandbox_unavailable") break;
        expect(missing).toMatchObject({ code: "spawn_failed", message: expect.stringContaining("no-such-program-1b7e does not exist on PATH"), help: expect.stringContaining("Install it") });
        expect(await refusal(["/no/such/program"], mode, {}, settings)).toMatchObject({ code: "spawn_failed", message: expect.stringContaining("/no/such/program does not exist") });
        expect(await refusal(["./empty"], mode, { empty: "" }, settings)).toMatchObject({ code: "spawn_failed", message: expect.stringContaining("is an empty file") });
        expect(await refusal(["./text"], mode, { text: "echo hello\n" }, settings)).toMatchObject({ code: "spawn_failed", message: expect.stringContaining("is a text file without an interpreter") });
      }
    }
    const folder = makePlugin({ methods: { "tool.a": { run: ["./plain.sh"] } } }, { files: { "plain.sh": "#!/bin/sh\n" } });
    chmodSync(join(folder, "plain.sh"), 0o644);
    await expect(makeHost().kernel.load({ path: folder, sandbox: "none" })).rejects.toMatchObject({ code: "spawn_failed", help: expect.stringContaining("chmod +x") });
  });

  test("says alone what its programs get", async () => {
    await expect(load({ "tool.a": { run: ["cat"] } }, { args: ["--evil"] })).rejects.toMatchObject({ code: "invalid_argument", path: "args" });
  });
});
