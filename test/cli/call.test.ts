import { join } from "node:path";
import { expect, test } from "vitest";
import { fixture, folder, sallyport, talking } from "./sallyport.js";

const plugin = ["--plugin", fixture("talker")];

test("the result is on stdout, compact where nobody looks", async () => {
  const cwd = await folder({ "sallyport.json": talking() });
  expect(await sallyport(["call", "talk.echo", `{"text":"hi", "n":[1,2]}`], { cwd })).toMatchObject({ code: 0, stdout: `{"text":"hi","n":[1,2]}\n`, stderr: "" });
});

test("--plugin needs no config; params default to null and - reads stdin", async () => {
  expect(await sallyport(["call", "talk.echo", ...plugin])).toMatchObject({ code: 0, stdout: "null\n" });
  expect(await sallyport(["call", "talk.echo", "-", ...plugin], { stdin: `{ "from": "stdin" }\n` })).toMatchObject({ code: 0, stdout: `{"from":"stdin"}\n` });
});

test("bytes, times and large integers keep the protocol's spelling", async () => {
  const value = `{"bytes":{"$bytes":"AAEC"},"int":{"$int":"9223372036854775807"},"time":{"$time":"2026-01-02T03:04:05Z"}}`;
  const ran = await sallyport(["call", "talk.echo", value, ...plugin]);
  expect(ran.code).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({ bytes: { $bytes: "AAEC" }, int: { $int: "9223372036854775807" }, time: { $time: expect.stringContaining("2026-01-02T03:04:05") as string } });
});

test("params that are no JSON: the position, and nothing is started", async () => {
  const ran = await sallyport(["call", "talk.echo", `{"text" "hi"}`, ...plugin]);
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toContain("params:1:9: expected ':'");
});

test("config reaches the plugin", async () => {
  const cwd = await folder({ "sallyport.json": talking({ config: { key: "value" } }) });
  expect(await sallyport(["call", "talk.config"], { cwd })).toMatchObject({ code: 0, stdout: `{"key":"value"}\n` });
});

test("a failed call exits 1 with prose on stderr, free of the plugin's escape sequences", async () => {
  const ran = await sallyport(["call", "talk.fail", ...plugin]);
  expect(ran).toMatchObject({ code: 1, stdout: "" });
  for (const part of ["talker.sulking", "params.mood", "talker:12:3", "Ask nicely.", "plugin talker"]) expect(ran.stderr).toContain(part);
  expect(ran.stderr).not.toContain("\u001b");
});

test("with --json the error object is the result", async () => {
  const ran = await sallyport(["call", "talk.fail", "--json", ...plugin]);
  expect(ran.code).toBe(1);
  expect(JSON.parse(ran.stdout)).toMatchObject({ code: "talker.sulking", help: "Ask nicely.", path: "params.mood", source: "plugin", plugin: "talker" });
});

test("a method that nobody provides is a failed call", async () => {
  expect(await sallyport(["call", "talk.nothing", ...plugin])).toMatchObject({ code: 1, stdout: "" });
});

test("--stream prints one item a line on stdout and the result on stderr", async () => {
  const ran = await sallyport(["call", "talk.count", `{"to":3}`, "--stream", ...plugin]);
  expect(ran).toMatchObject({ code: 0, stdout: "1\n2\n3\n" });
  expect(ran.stderr).toContain(`{"count":3}`);
});

test("a reader that goes away ends the stream without a word", async () => {
  const ran = await sallyport(["call", "talk.count", `{"to":1000000}`, "--stream", ...plugin], { closeStdoutAfter: 10 });
  expect(ran).toMatchObject({ code: 0, signal: null, stderr: "" });
});

test("--input sends a stream, one JSON value a line", async () => {
  const cwd = await folder({ "numbers": "1\n\n2\n39\n", "broken": "1\n{2}\n" });
  const sum = ["call", "sum.all", "--plugin", fixture("adder.js"), "--input"];
  expect(await sallyport([...sum, "numbers"], { cwd })).toMatchObject({ code: 0, stdout: "42\n" });
  expect(await sallyport([...sum, "-"], { stdin: "1\n2\n" })).toMatchObject({ code: 0, stdout: "3\n" });
  expect(await sallyport([...sum, "nowhere"], { cwd })).toMatchObject({ code: 2, stdout: "" });
  const broken = await sallyport([...sum, "broken"], { cwd });
  expect(broken).toMatchObject({ code: 1, stdout: "" });
  expect(broken.stderr).toContain("broken line 2:1:2: expected a property name");
});

test("--timeout is the call's deadline", async () => {
  const ran = await sallyport(["call", "talk.sleep", "--timeout", "100", "--json", ...plugin]);
  expect(ran.code).toBe(1);
  expect(JSON.parse(ran.stdout)).toMatchObject({ code: "deadline_exceeded", plugin: "talker", method: "talk.sleep" });
});

test("a crash shows the exit code and the last words", async () => {
  const ran = await sallyport(["call", "talk.crash", ...plugin]);
  expect(ran).toMatchObject({ code: 1, stdout: "" });
  for (const part of ["plugin_crashed", "exit code 3", "last words"]) expect(ran.stderr).toContain(part);
});

test("what a plugin prints is on stderr, under its name", async () => {
  const ran = await sallyport(["call", "talk.log", ...plugin]);
  expect(ran).toMatchObject({ code: 0, stdout: "true\n" });
  expect(ran.stderr).toMatch(/\[talker\] \w+ a line on stderr/);
});

test("what is no plugin is refused with what it printed", async () => {
  const ran = await sallyport(["call", "a.b", "--plugin", fixture("mumbler")]);
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  for (const part of ["bad_handshake", "Hello, I am not a plugin", "--plugin"]) expect(ran.stderr).toContain(part);
});

test("SIGINT cancels the call and drains", async () => {
  const ran = await sallyport(["call", "talk.sleep", "--json", ...plugin], { interrupt: { when: "sleeping", signal: "SIGINT" } });
  expect(ran).toMatchObject({ code: 1, signal: null });
  expect(JSON.parse(ran.stdout)).toMatchObject({ code: "cancelled" });
});

test("a module runs as process, or inline when it is trusted", async () => {
  const greeter = ["call", "greet.hello", `{"name":"you"}`, "--plugin", fixture("greeter.js")];
  for (const mode of [[], ["--mode", "worker", "--trust", "reviewed"], ["--mode", "inline", "--trust", "trusted"]]) {
    expect(await sallyport([...greeter, ...mode])).toMatchObject({ code: 0, stdout: `"hello you"\n` });
  }
  const untrusted = await sallyport([...greeter, "--mode", "inline"]);
  expect(untrusted).toMatchObject({ code: 2, stdout: "" });
  expect(untrusted.stderr).toContain(`"trust": "trusted"`);
});

test("what a plugin sends drives no terminal, as a result, as an item and as JSON", async () => {
  const text = "\u009b31m \u007f \u202e \u2028";
  for (const flag of ["--json", "--stream"]) {
    const ran = await sallyport(["call", "talk.echo", JSON.stringify({ text }), flag, ...plugin]);
    expect(ran.code).toBe(0);
    const shown = ran.stdout + ran.stderr;
    expect(shown).toContain("\\u009b31m");
    // oxlint-disable-next-line no-control-regex
    expect(shown).not.toMatch(/[\u007f-\u009f\u2028\u202e]/);
  }
});

test("a log message cannot pass for another plugin's line", async () => {
  const cwd = await folder({ "index.js": `export default { methods: { "a.run": (_p, { log }) => log("one\\n[bank] error two", { n: 2n ** 60n }) } };` });
  const ran = await sallyport(["call", "a.run", "--plugin", join(cwd, "index.js")]);
  expect(ran.stderr).toBe('[index] info one\n    [bank] error two {"n":{"$int":"1152921504606846976"}}\n');
});
