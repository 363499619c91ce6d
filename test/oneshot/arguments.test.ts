import { describe, expect, test } from "vitest";
import { load } from "./harness.js";

/** Prints each argument with a NUL behind it, so that none can look like two. */
const SHOW = "#!/bin/sh\nfor argument; do printf '%s\\0' \"$argument\"; done\n";
const show = (run: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): unknown => ({ run: ["./show.sh", ...run], stdout: "text", ...more });

describe("arguments", () => {
  test("are what the manifest says, a member of params one of them each", async () => {
    const { kernel } = await load({
      "tool.plain": show(["a b", "{x}", "--x={x}", "<{x}|{y}>", "{{x}}", ""]),
      "tool.json": show(["{x:json}", "--data={x:json}"]),
      "tool.list": show(["--", "{...files}", "end"]),
      "tool.if": show([{ if: "verbose", args: ["--verbose"] }, { if: "depth", args: ["--depth", "{depth}"] }, "end"]),
      "tool.guarded": show(["{x}", "{x}y", "--", "{x}"]),
      "tool.opened": show(["--", "{x}", "{...more}"]),
    }, { files: { "show.sh": SHOW } });
    const call = async (method: string, params: unknown): Promise<string[]> => ((await kernel.call(method, params)) as string).split("\0").slice(0, -1);

    for (const hostile of ["two words", "$(id)", "`id`", "; id #", "a\nb", "'\"\\", "*", "~", "", "é\u202e", "%s%n", "{y}", "a\tb", "=", "&&"]) {
      expect(await call("tool.plain", { x: hostile, y: 1 })).toEqual(["a b", hostile, `--x=${hostile}`, `<${hostile}|1>`, "{x}", ""]);
    }
    expect(await call("tool.plain", { x: true, y: 1e21 })).toEqual(["a b", "true", "--x=true", "<true|1e+21>", "{x}", ""]);
    expect(await call("tool.plain", { x: 9007199254740993n, y: 0.5 })).toEqual(["a b", "9007199254740993", "--x=9007199254740993", "<9007199254740993|0.5>", "{x}", ""]);
    expect(await call("tool.json", { x: { a: [1, "two"], $ref: null } })).toEqual(['{"a":[1,"two"],"$ref":null}', '--data={"a":[1,"two"],"$ref":null}']);
    expect(await call("tool.list", { files: ["a", "-b", 3, ""] })).toEqual(["--", "a", "-b", "3", "", "end"]);
    expect(await call("tool.list", { files: [] })).toEqual(["--", "end"]);
    expect(await call("tool.if", {})).toEqual(["end"]);
    expect(await call("tool.if", null)).toEqual(["end"]);
    expect(await call("tool.if", { verbose: false, depth: null })).toEqual(["end"]);
    expect(await call("tool.if", { verbose: true, depth: 0 })).toEqual(["--verbose", "--depth", "0", "end"]);
    expect(await call("tool.guarded", { x: "a-b" })).toEqual(["a-b", "a-by", "--", "a-b"]);
    expect(await call("tool.opened", { x: "-rf", more: ["--no-preserve-root"] })).toEqual(["--", "-rf", "--no-preserve-root"]);
  });

  test("that a program could take for something else are refused, with the member's name", async () => {
    const { kernel } = await load({
      "tool.one": show(["{x}"]),
      "tool.two": show(["{x}{y}"]),
      "tool.list": show(["{...x}"]),
      "tool.json": show(["{x:json}"]),
      "tool.data": show([], { stdin: "json" }),
      "tool.nothing": show([]),
    }, { files: { "show.sh": SHOW } });
    const refusals: readonly (readonly [method: string, params: unknown, path: string, msg: RegExp])[] = [
      ["tool.one", { x: "--upload-pack=id" }, "params.x", /begins with '-'/],
      ["tool.one", { x: "-" }, "params.x", /begins with '-'/],
      ["tool.one", { x: -5 }, "params.x", /begins with '-'/],
      ["tool.two", { x: "", y: "-rf" }, "params.x", /begins with '-'/],
      ["tool.list", { x: ["a", "-rf"] }, "params.x[1]", /begins with '-'/],
      ["tool.json", { x: -1 }, "params.x", /begins with '-'/],
      ["tool.one", { x: "a\0b" }, "params.x", /NUL/],
      ["tool.one", { x: null }, "params.x", /a text, a number, true or false/],
      ["tool.one", { x: ["a"] }, "params.x", /a text, a number, true or false/],
      ["tool.one", { x: { toString: "a" } }, "params.x", /a text, a number, true or false/],
      ["tool.one", { x: new Uint8Array(1) }, "params.x", /a text, a number, true or false/],
      ["tool.one", { x: new Date(0) }, "params.x", /a text, a number, true or false/],
      ["tool.list", { x: "abc" }, "params.x", /must be a list/],
      ["tool.list", { x: [["a"]] }, "params.x[0]", /a text, a number, true or false/],
      ["tool.one", {}, "params.x", /missing/],
      ["tool.one", null, "params.x", /missing/],
      ["tool.one", { x: "a", y: "b" }, "params.y", /no parameter "y"/],
      ["tool.one", { x: "a", constructor: 1 }, "params.constructor", /no parameter/],
      ["tool.one", ["a"], "params", /takes a map of x/],
      ["tool.nothing", { x: 1 }, "params.x", /no parameter/],
      ["tool.one", { x: "y".repeat(131_072) }, "params.x", /131072 bytes; an argument has at most 131071/],
      ["tool.list", { x: Array.from({ length: 5000 }, () => "a") }, "params", /5000 with/],
    ];
    for (const [method, params, path, msg] of refusals) {
      await expect(kernel.call(method, params), `${method} ${path}`).rejects.toMatchObject({ code: "invalid_argument", path, message: expect.stringMatching(msg) });
    }
    expect(await kernel.call("tool.one", { x: "y".repeat(131_071) })).toHaveLength(131_072);
    // What goes to stdin as a whole may be anything.
    expect(await kernel.call("tool.data", ["a", { b: 1 }])).toBe("");
  });
});
