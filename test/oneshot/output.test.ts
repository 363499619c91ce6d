import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { load } from "./harness.js";

/** Prints its first argument on stdout and its second one on stderr, with the escapes of printf, and ends with the third. */
const SAY = "#!/bin/sh\nprintf \"$1\"\nprintf \"$2\" >&2\nexit \"${3:-0}\"\n";
const files = { "say.sh": SAY };
const say = (out: string, err = "", code = 0, more: Readonly<Record<string, unknown>> = {}): unknown => ({ run: ["./say.sh", out.replaceAll("{", "{{").replaceAll("}", "}}"), err, String(code)], ...more });

async function items(stream: AsyncGenerator<unknown, unknown>): Promise<{ items: unknown[]; result: unknown }> {
  const found: unknown[] = [];
  for (let step = await stream.next(); ; step = await stream.next()) {
    if (step.done === true) return { items: found, result: step.value };
    found.push(step.value);
  }
}

describe("the answer of a program", () => {
  test("is stdout, stderr and exit code, unless the manifest says more", async () => {
    const { kernel, logs } = await load({
      "tool.fine": say("out\\n", "err\\n"),
      "tool.fails": say("", "no such thing\\n", 3),
      "tool.dies": { run: ["sh", "-c", "kill -SEGV $$"] },
      "tool.strict": say("half", "oh no\\n", 3, { success: [0, 1] }),
      "tool.latin": say("\\351"),
    }, { files });
    expect(await kernel.call("tool.fine")).toEqual({ stdout: "out\n", stderr: "err\n", exitCode: 0 });
    expect(await kernel.call("tool.fails")).toEqual({ stdout: "", stderr: "no such thing\n", exitCode: 3 });
    expect(await kernel.call("tool.dies")).toEqual({ stdout: "", stderr: "", exitCode: 139 });
    await expect(kernel.call("tool.strict")).rejects.toMatchObject({ code: "internal", message: "./say.sh of tool.strict ended with exit code 3: oh no", data: { exitCode: 3, stderr: ["oh no"] }, plugin: "tool", method: "tool.strict" });
    await expect(kernel.call("tool.latin")).rejects.toMatchObject({ code: "internal", message: expect.stringContaining("not UTF-8"), help: expect.stringContaining('"bytes"') });
    // It was handed to the caller, so it is no log as well.
    expect(logs).toEqual([]);
  });

  test("is a value where the manifest says which", async () => {
    const { kernel, logs } = await load({
      "tool.json": say('{"$ref":1,"a":{"$bytes":"AA=="},"b":[1,"$x"],"\\\\u0024c":null}\\n', "a remark\\n", 0, { stdout: "json" }),
      "tool.values": say('{"$$ref":1,"a":{"$bytes":"AAE="}}', "", 0, { stdout: "values" }),
      "tool.text": say("two\\nlines\\n", "", 0, { stdout: "text" }),
      "tool.bytes": say("\\351\\000\\377", "", 0, { stdout: "bytes" }),
      "tool.lines": say("one\\n\\nthree", "", 0, { stdout: "lines" }),
      "tool.rows": say('{"a":1}\\n[2]\\n', "", 0, { stdout: "json-lines" }),
      "tool.back": { run: ["cat"], stdin: "json", stdout: "json" },
      "tool.raw": { run: ["cat"], stdin: "json", stdout: "text" },
      "tool.exact": { run: ["cat"], stdin: "values", stdout: "values" },
      "tool.member": { run: ["cat"], stdin: "{data}", stdout: "bytes" },
      "tool.nothing": { run: ["cat"], stdout: "text" },
    }, { files });
    expect(await kernel.call("tool.json")).toEqual({ $ref: 1, a: { $bytes: "AA==" }, b: [1, "$x"], $c: null });
    await expect.poll(() => logs).toEqual(["a remark"]);
    expect(await kernel.call("tool.values")).toEqual({ $ref: 1, a: Uint8Array.of(0, 1) });
    expect(await kernel.call("tool.text")).toBe("two\nlines\n");
    expect(await kernel.call("tool.bytes")).toEqual(Uint8Array.of(0xe9, 0, 0xff));
    expect(await items(kernel.stream("tool.lines", null))).toEqual({ items: ["one", "", "three"], result: { count: 3 } });
    expect(await items(kernel.stream("tool.rows", null))).toEqual({ items: [{ a: 1 }, [2]], result: { count: 2 } });
    const value = { $schema: "x", $$y: { '"quoted\\': ["$z", '$":'] }, "": "\u2028", $: 1.5 };
    expect(await kernel.call("tool.back", value)).toEqual(value);
    expect(JSON.parse(await kernel.call("tool.raw", value))).toEqual(value);
    const exact = { when: new Date(0), wide: 2n ** 60n, bytes: Uint8Array.of(1), $: 1 };
    expect(await kernel.call("tool.exact", exact)).toEqual(exact);
    expect(await kernel.call("tool.member", { data: "é" })).toEqual(new Uint8Array(Buffer.from("é")));
    expect(await kernel.call("tool.member", { data: Uint8Array.of(0, 255) })).toEqual(Uint8Array.of(0, 255));
    await expect(kernel.call("tool.member", { data: 5 })).rejects.toMatchObject({ code: "invalid_argument", path: "params.data", help: expect.stringContaining("{data:json}") });
    expect(await kernel.call("tool.nothing")).toBe("");
  });

  test("that is not what was promised is an error with a remedy, and the instance lives", async () => {
    const bomb = "[".repeat(3000);
    const { kernel } = await load({
      "tool.garbage": say("Segmentation fault\\n", "why\\n", 0, { stdout: "json" }),
      "tool.two": say("1\\n2\\n", "", 0, { stdout: "json" }),
      "tool.empty": say("", "", 0, { stdout: "json" }),
      "tool.rounded": say("12345678901234567890", "", 0, { stdout: "json" }),
      "tool.proto": say('{"__proto__":{"a":1}}', "", 0, { stdout: "json" }),
      "tool.deep": say(bomb, "", 0, { stdout: "json" }),
      "tool.latin": say('"\\351"', "", 0, { stdout: "json" }),
      "tool.row": say("1\\n{\\n", "", 0, { stdout: "json-lines" }),
      "tool.late": say("1\\n2\\n", "gave up\\n", 4, { stdout: "json-lines", errors: { "4": "tool.gave_up" } }),
    }, { files });
    for (const method of ["garbage", "two", "empty", "rounded", "proto", "deep", "latin"]) {
      await expect(kernel.call(`tool.${method}`), method).rejects.toMatchObject({ code: "internal", message: expect.stringMatching(`^the program of tool.${method} printed what cannot be read as JSON: `), help: expect.stringContaining("Let it print one JSON value") });
    }
    await expect(kernel.call("tool.garbage")).rejects.toMatchObject({ data: { stderr: ["why"] } });
    expect(Object.prototype).not.toHaveProperty("a");
    const seen: unknown[] = [];
    await expect((async () => {
      for await (const item of kernel.stream("tool.row", null)) seen.push(item);
    })()).rejects.toMatchObject({ code: "internal", message: expect.stringContaining("cannot be read as JSON") });
    expect(seen).toEqual([1]);
    // What came before the end has arrived, and then comes the error.
    await expect((async () => {
      for await (const item of kernel.stream("tool.late", null)) seen.push(item);
    })()).rejects.toMatchObject({ code: "tool.gave_up", message: "./say.sh of tool.late ended with exit code 4: gave up" });
    expect(seen).toEqual([1, 1, 2]);
    expect(kernel.list()[0]).toMatchObject({ state: "ready", restarts: 0 });
  });

  test("can be an error of the manifest's or of its own", async () => {
    const json = { stdout: "json", errors: { "2": "invalid_argument", "3": "tool.out_of_ink", "5": "json", "*": "failed_precondition" } };
    const { kernel } = await load({
      "tool.two": say("", "first\\nsecond\\nthird\\nlast\\n", 2, json),
      "tool.three": say("1", "", 3, json),
      "tool.five": say('{"code":"conflict","msg":"taken","path":"params.name","data":{"$bytes":"AA=="},"plugin":"bank"}', "", 5, json),
      "tool.forged": say('{"code":"plugin_crashed","msg":"not me"}', "", 5, json),
      "tool.mute": say("", "", 5, json),
      "tool.bare": say('"oops"', "", 5, json),
      "tool.other": say("", "", 77, json),
      "tool.found": say("yes", "", 1, { stdout: "text", success: [0, 1] }),
      "tool.mapped": say("out", "", 1, { errors: { "1": "not_found" } }),
    }, { files });
    await expect(kernel.call("tool.two")).rejects.toMatchObject({ code: "invalid_argument", message: "./say.sh of tool.two ended with exit code 2: second | third | last" });
    await expect(kernel.call("tool.three")).rejects.toMatchObject({ code: "tool.out_of_ink", data: { exitCode: 3 } });
    await expect(kernel.call("tool.five")).rejects.toMatchObject({ code: "conflict", message: "taken", path: "params.name", data: Uint8Array.of(0), plugin: "tool" });
    await expect(kernel.call("tool.forged")).rejects.toMatchObject({ code: "internal", message: "not me" });
    await expect(kernel.call("tool.mute")).rejects.toMatchObject({ code: "internal", message: expect.stringContaining("cannot be read as JSON") });
    await expect(kernel.call("tool.bare")).rejects.toMatchObject({ code: "internal", message: expect.stringContaining("printed no error") });
    await expect(kernel.call("tool.other")).rejects.toMatchObject({ code: "failed_precondition" });
    expect(await kernel.call("tool.found")).toBe("yes");
    await expect(kernel.call("tool.mapped")).rejects.toMatchObject({ code: "not_found" });
  });

  test("has the size that the limits allow, on every way out", async () => {
    const many = (n: number, to = ""): string => `head -c ${n} /dev/zero | tr '\\0' x ${to}`;
    const { kernel, events } = await load({
      "tool.fits": { run: ["sh", "-c", many(60_000)], stdout: "text" },
      "tool.out": { run: ["sh", "-c", many(10_000_000)], stdout: "text" },
      "tool.endless": { run: ["yes"], stdout: "bytes" },
      "tool.err": { run: ["sh", "-c", "yes >&2"] },
      "tool.line": { run: ["sh", "-c", many(70_000)], stdout: "lines" },
      "tool.both": { run: ["sh", "-c", `${many(50_000)}; ${many(50_000, ">&2")}`] },
      "tool.logs": { run: ["sh", "-c", `${many(10_000_000, ">&2")}; echo ok`], stdout: "text" },
    }, { limits: { frameBytes: 65_536 } });
    expect(await kernel.call("tool.fits")).toHaveLength(60_000);
    for (const method of ["tool.out", "tool.endless", "tool.err"]) {
      await expect(kernel.call(method), method).rejects.toMatchObject({ code: "resource_exhausted", message: expect.stringContaining("than 65536 bytes (limits.frameBytes)"), help: expect.stringContaining("limits.frameBytes"), data: { limit: "frameBytes", allowed: 65_536 } });
    }
    await expect(kernel.stream("tool.line", null).next()).rejects.toMatchObject({ code: "resource_exhausted" });
    // Each fits, and the answer that they make does not.
    await expect(kernel.call("tool.both")).rejects.toMatchObject({ code: "resource_exhausted" });
    // A log is dropped, not refused.
    expect(await kernel.call("tool.logs")).toBe("ok\n");
    expect(events.map(({ event, reason }) => `${event} ${reason}`)).toContain("limit frame_too_large");
  });

  test("comes no faster than the plugin may send", async () => {
    const { kernel, events } = await load({ "tool.run": { run: ["sh", "-c", "head -c 100000 /dev/zero"], stdout: "bytes" } }, { limits: { bytesPerSecond: 65_536 } });
    expect(await kernel.call("tool.run")).toHaveLength(100_000);
    expect(events.map(({ event, reason }) => `${event} ${reason}`)).toContain("limit byte_rate_limit");
  });

  test("is made in an environment that only the program itself has", async (context) => {
    if (process.platform !== "linux") return context.skip("the loader's own words are looked for, and this is no Linux");
    // The loader of each program that is started with it complains: a sandbox that had it would run what the manifest names.
    for (const sandbox of ["none", "limits", "auto"] as const) {
      const { kernel } = await load({ "tool.run": { run: ["cat"] } }, { sandbox, settings: { env: { LD_PRELOAD: "/no/such/canary.so" } } });
      const { stderr, exitCode } = (await kernel.call("tool.run")) as { stderr: string; exitCode: number };
      expect(exitCode).toBe(0);
      expect(stderr.split("canary.so").length - 1, `${sandbox}: ${stderr}`).toBeLessThanOrEqual(1);
    }
  });

  test("goes by the environment that the manifest says, and by none of the host's", async () => {
    process.env["SALLYPORT_TEST_CANARY"] = "canary-55d1";
    const { kernel } = await load({ "tool.env": { run: ["env"], stdout: "lines" }, "tool.pwd": { run: ["pwd"], stdout: "text" } }, { settings: { env: { LC_ALL: "C", GREETING: "a b=c", EMPTY: "" } } });
    delete process.env["SALLYPORT_TEST_CANARY"];
    const found = await items(kernel.stream("tool.env", null));
    expect(found.items).toEqual(expect.arrayContaining(["LC_ALL=C", "GREETING=a b=c", "EMPTY="]));
    expect(JSON.stringify(found.items)).not.toContain("canary");
    expect(await kernel.call("tool.pwd")).toBe(`${dirname(kernel.list()[0]?.path ?? "")}\n`);
  });
});
