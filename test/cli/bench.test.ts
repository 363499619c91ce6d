import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { fixture, folder, sallyport } from "./sallyport.js";

interface Report {
  readonly rows: readonly { readonly mode: string; readonly payloadBytes: number; readonly startMs: number; readonly widths: readonly { readonly inFlight: number; readonly callsPerSecond: number; readonly p50Us: number; readonly p99Us: number }[] }[];
  readonly failed: readonly { readonly mode: string; readonly error: { readonly code: string } }[];
  readonly skipped: readonly { readonly mode: string; readonly reason: string }[];
  readonly calls: number;
  readonly advice?: { readonly mode: string };
}

/** Where the fixtures are, and the kit that they import. */
const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const FAST = ["--quick", "--inflight", "1"] as const;

describe("sallyport bench", { timeout: 60_000 }, () => {
  test("measures a module in every mode that runs it, each as often as it says, and choose reads the figures", async () => {
    const cwd = await folder({ "name.json": { name: "Ada" } });
    const ran = await sallyport(["bench", fixture("greeter.js"), "--method", "greet.hello", "--payload", "name.json", "--trust", "trusted", "--quick", "--inflight", "4,1", "--json"], { cwd });
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr.replace(/\s+/g, " ")).toContain("warning greet.hello is called for real, as often as it can be for some seconds, in 3 modes");
    const report = JSON.parse(ran.stdout) as Report;
    expect(report.rows.map(({ mode }) => mode)).toEqual(["process", "worker", "inline"]);
    for (const { widths, payloadBytes, startMs } of report.rows) {
      expect(payloadBytes).toBe(14);
      expect(startMs).toBeGreaterThan(0);
      expect(widths.map(({ inFlight }) => inFlight)).toEqual([1, 4]);
      for (const { callsPerSecond, p50Us, p99Us } of widths) {
        expect(callsPerSecond).toBeGreaterThan(0);
        expect(p99Us).toBeGreaterThanOrEqual(p50Us);
      }
    }
    expect(report).toMatchObject({ failed: [], skipped: expect.arrayContaining([expect.objectContaining({ mode: "stdio" })]), advice: { mode: "inline" } });
    expect(report.calls).toBeGreaterThan(3 * 2 * 3);

    const figures = join(await folder({ "mine.json": ran.stdout }), "mine.json");
    const chosen = await sallyport(["choose", "--figures", figures, "--latency", "60000"]);
    expect(chosen.stdout).toContain("within 60000 ms");
  });

  test("for a person: a program, its one mode, what that does not stop, in 80 columns", async () => {
    const ran = await sallyport(["bench", fixture("talker"), "--method", "talk.echo", ...FAST]);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/^talk\.echo, 4 bytes of JSON as params, [\d,]+ calls\nmode +in flight +calls\/s/);
    expect(ran.stdout).toMatch(/\nstdio +1 +[\d,.]+ +±/);
    const text = ran.stdout.replace(/\s+/g, " ");
    expect(text).toContain("Take mode stdio");
    expect(text).toContain("stdio is not a security boundary");
    expect(text).toContain("worker not measured: the plugin is nothing that it runs, which is: module.");
    expect(Math.max(...ran.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("the only method is the one that is called, and untrusted code never runs inline", async () => {
    const cwd = await folder({ "one.mjs": `export default { methods: { "one.only": () => { if (globalThis.process) console.error("ran with every right"); return 1; } } };` });
    const ran = await sallyport(["bench", "one.mjs", ...FAST], { cwd });
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stderr).not.toContain("ran with every right");
    expect(ran.stdout.replace(/\s+/g, " ")).toContain("inline not measured: it would run with your rights");
    expect(ran.stdout).toMatch(/^one\.only, /);
  });

  test("a method that fails is reported with the plugin's own remedy", async () => {
    const ran = await sallyport(["bench", fixture("talker"), "--method", "talk.fail", ...FAST]);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain("talker.sulking");
    expect(ran.stdout).toContain("Ask nicely.");
    expect(ran.stdout).not.toContain("\u001b");
    expect(ran.stdout).not.toContain("Take mode");
  });

  test("params that a method refuses: the answer names --payload", async () => {
    const cwd = await folder({ "strict.mjs": `export default { methods: { "strict.only": (params) => params.name } };` });
    const ran = await sallyport(["bench", "strict.mjs", ...FAST], { cwd });
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain("method strict.only");
    expect(ran.stdout.replace(/\s+/g, " ")).toContain("The params were null. Name a file with what the method takes: --payload FILE.json");
  });

  test("a module that ends its process spoils its own mode only", async () => {
    const cwd = await folder({ "leaver.mjs": `export default { methods: { "leave.now": () => globalThis.process?.exit(7) ?? "stayed" } };` });
    const ran = await sallyport(["bench", "leaver.mjs", "--trust", "trusted", "--json", ...FAST], { cwd });
    expect(ran.code).toBe(1);
    const report = JSON.parse(ran.stdout) as Report;
    expect(report.rows.map(({ mode }) => mode)).toEqual(["process", "worker"]);
    expect(report.failed).toMatchObject([{ mode: "inline", error: { code: "plugin_crashed", msg: expect.stringContaining("code 7") as string } }]);
    expect(report.advice?.mode).toBe("worker");
  });
});

test("an interrupted run leaves no plugin behind", { timeout: 30_000 }, async () => {
  const cwd = await folder({
    "plugin.json": { name: "talker", version: "1.0.0", entry: "deaf", command: [process.execPath] },
    // Deaf to the end of its input and to the polite signal, as a badly written program is.
    deaf: `require("node:fs").appendFileSync("starts", "x"); setInterval(() => {}, 1e6); process.on("SIGTERM", () => {}); import(${JSON.stringify(fixture("talker"))});`,
  });
  const starts = (): number => (existsSync(join(cwd, "starts")) ? readFileSync(join(cwd, "starts"), "utf8").length : 0);
  const alive = (): readonly string[] => execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n").filter((line) => line.includes(join(cwd, "deaf")));
  // The first is asked for its methods; the second is measured.
  const ran = await sallyport(["bench", ".", "--method", "talk.sleep", "--permit", "write:.", "--permit", `read:${REPOSITORY}`], { cwd, interrupt: { when: () => starts() > 1, signal: "SIGINT" } });
  expect(ran).toMatchObject({ code: 1, signal: null, stdout: "" });
  expect(ran.stderr).toContain("stopped by SIGINT");
  expect(alive()).toEqual([]);
});

test.each([
  [["bench"], "missing required argument 'path'"],
  [["bench", "nowhere"], "does not exist"],
  [["bench", fixture("greeter.js")], "Name one with --method. It has greet.balance, greet.hello."],
  [["bench", fixture("greeter.js"), "--method", "greet.nothing"], "has no method 'greet.nothing'"],
  [["bench", fixture("talker"), "--method", "talk.count"], "'talk.count' streams"],
  [["bench", fixture("adder.js")], "None of its methods answers without a stream"],
  [["bench", fixture("greeter.js"), "--payload", "nowhere.json"], "--payload nowhere.json cannot be read"],
  [["bench", fixture("greeter.js"), "--inflight", "0"], "Expected whole numbers from 1 to 4096"],
  [["bench", fixture("greeter.js"), "--inflight", "1,many"], "Expected whole numbers from 1 to 4096"],
])("wrong usage %j exits 2 and says so", async (args, text) => {
  const ran = await sallyport(args);
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toContain(text);
});

test("a broken payload is refused with its place before anything runs", async () => {
  const cwd = await folder({ "bad.json": `{ "a": 1,\n  b }` });
  const ran = await sallyport(["bench", fixture("greeter.js"), "--method", "greet.hello", "--payload", "bad.json"], { cwd });
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toMatch(/bad\.json:2:3/);
  expect(ran.stderr).not.toContain("warning");
});
