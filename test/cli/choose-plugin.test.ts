import { expect, test } from "vitest";
import { folder, sallyport } from "./sallyport.js";

const row = (mode: string, p50Us: number, memoryMib: number): object => ({ mode, payloadBytes: 110, memoryMib, widths: [{ inFlight: 1, callsPerSecond: 1000, p50Us }] });
const FIGURES = { format: 1, made: "by hand, for a test", rows: [row("process", 90, 20), row("worker", 20, 30), row("stdio", 50, 1)] };
const MODULE = "export default { methods: {} };";

interface Explained { readonly mode: string; readonly why: string; readonly modes: readonly { readonly mode: string; readonly is: string; readonly latencyUs?: number; readonly memoryMib?: number }[]; readonly moves: readonly string[] }

const config = {
  plugins: {
    plain: "./plain.js",
    named: { path: "./plain.js", mode: "worker", trust: "reviewed" },
    thrifty: { path: "./plain.js", trust: "reviewed", policy: { prefer: "memory", move: { memoryPercent: 80, latencyMs: { "fx.rate": 5 }, to: ["process"] } } },
  },
};

/** Each is a program of its own: all of them at once. */
test("choose PLUGIN explains what the kernel will do, mode by mode", { timeout: 120_000 }, async () => {
  const root = await folder({ "sallyport.json": config, "plain.js": MODULE, "figures.json": FIGURES });
  const choose = async (...args: readonly string[]): Promise<Explained> => {
    const ran = await sallyport(["choose", ...args, "--json", "--figures", "figures.json"], { cwd: root });
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    return JSON.parse(ran.stdout) as Explained;
  };
  const [plain, named, thrifty, quick, text, nobody] = await Promise.all([
    choose("plain"), choose("named"), choose("thrifty"), choose("thrifty", "--prefer", "latency"),
    sallyport(["choose", "thrifty", "--figures", "figures.json"], { cwd: root }),
    sallyport(["choose", "nobody"], { cwd: root }),
  ]);
  expect(plain.mode).toBe("process");
  const states = new Map(plain.modes.map(({ mode, is }) => [mode, is]));
  expect([states.get("process"), states.get("worker"), states.get("stdio"), states.get("inline")]).toEqual(["chosen", "denied", "unable", "unable"]);
  expect(plain.modes.find(({ mode }) => mode === "worker")).toMatchObject({ latencyUs: 20, memoryMib: 30 });
  expect(named).toMatchObject({ mode: "worker", why: "The config names it.", moves: [] });
  expect(thrifty).toMatchObject({ mode: "process", why: "Its policy prefers memory, and of the modes that run it here and are fit for trust 'reviewed' it costs least: process 20 MiB, worker 30 MiB." });
  expect(thrifty.moves).toEqual([
    "Above 80 % of its memory limit it moves to the first of process that runs it and that it is trusted for.",
    "When fx.rate takes longer than 5 ms too often it moves to the first of process that runs it and that it is trusted for.",
    "At most once in 600 s, and never back.",
  ]);
  expect(quick).toMatchObject({ mode: "worker", why: expect.stringContaining("process 90 µs, worker 20 µs") as unknown });
  expect(text.stdout).toMatch(/^thrifty: process\n {2}why {5}/);
  expect(Math.max(...text.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(nobody).toMatchObject({ code: 2, stderr: expect.stringContaining("It has: plain, named, thrifty.") as unknown });
});

test("a preference picks among the modes that are fit for the trust, and no other", { timeout: 120_000 }, async () => {
  const root = await folder({ "figures.json": FIGURES });
  const choose = async (...args: readonly string[]): Promise<Explained> => JSON.parse((await sallyport(["choose", "--json", "--figures", "figures.json", ...args], { cwd: root })).stdout) as Explained;
  const [untrusted, reviewed, memory] = await Promise.all([choose("--prefer", "latency"), choose("--reviewed", "--prefer", "latency"), choose("--reviewed", "--prefer", "memory")]);
  expect([untrusted.mode, reviewed.mode, memory.mode]).toEqual(["process", "worker", "process"]);
  expect(memory.why[0]).toContain("it costs least memory: process 20 MiB, worker 30 MiB.");
});
