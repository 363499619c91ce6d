import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { folderOf } from "../guest/harness.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const HELLO = '{"t":"hello","host":"test","version":"1.0.0","proto":"1.0","features":["stream","cancel","log","events","init"],"limits":{"frame":1048576},"grants":[],"config":{"a":1},"instance":"x#1"}';

interface Served {
  readonly child: ChildProcessWithoutNullStreams;
  readonly frames: { readonly [key: string]: unknown; readonly t: string }[];
  /** The next frame for which `wanted` holds. */
  until(wanted: (frame: { readonly [key: string]: unknown }) => boolean): Promise<{ readonly [key: string]: unknown }>;
  stderr(): string;
  readonly exit: Promise<number | null>;
}

/** A program of the kit, spoken to by hand in JSON lines. */
function served(definition: string, env: NodeJS.ProcessEnv = { SALLYPORT_PLUGIN: "1", SALLYPORT_MAJORS: "1" }): Served {
  const kit = JSON.stringify(path.join(root, "plugins/sdk/dist/index.js"));
  const folder = folderOf({ "main.mjs": `import { definePlugin, serve } from ${kit};\nserve(definePlugin(${definition}), { codec: "json" });\n` });
  const child = spawn(process.execPath, [path.join(folder, "main.mjs")], { env, stdio: "pipe" });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stdin.on("error", () => {});
  const frames: { readonly [key: string]: unknown; readonly t: string }[] = [];
  let [stdout, stderr] = ["", ""];
  let look = (): void => {};
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  child.stdout.on("data", (chunk) => {
    stdout += String(chunk);
    const lines = stdout.split("\n");
    stdout = lines.pop() ?? "";
    for (const line of lines) frames.push(line.startsWith("SALLYPORT/") ? { t: line } : JSON.parse(line));
    look();
  });
  const exit = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    child, frames, exit,
    stderr: () => stderr,
    until: (wanted) =>
      new Promise((resolve, reject) => {
        look = () => {
          const found = frames.find(wanted);
          if (found) resolve(found);
        };
        look();
        void exit.then((code) => reject(new Error(`ended with ${code}: ${stderr}`)));
      }),
  };
}
const send = (to: Served, ...lines: string[]): void => void to.child.stdin.write(`${lines.join("\n")}\n`);

describe("an executable of the kit", () => {
  test("greets, answers, and leaves with 0 after a goodbye and its calls in flight", async () => {
    const it = served(`{ name: "x", version: "2.0.0", methods: { "x.slow": async ({ n }) => { await new Promise((d) => setTimeout(d, 20)); return n + 1; } }, stop() { console.error("stopped"); } }`);
    send(it, HELLO, '{"t":"req","id":1,"m":"x.slow","p":{"n":1}}', '{"t":"bye","why":"shutdown"}');
    expect(await it.exit).toBe(0);
    expect(it.frames[0]?.t).toBe("SALLYPORT/1 json");
    expect(it.frames[1]).toMatchObject({ t: "hello", name: "x", version: "2.0.0", methods: ["x.slow"] });
    expect(it.frames.slice(2)).toEqual([{ t: "res", id: 1, r: 2 }]);
    expect(it.stderr()).toContain("stopped");
  });

  test("keeps stray prints off the wire", async () => {
    const it = served(`{ methods: { "x.print": () => { console.log("stray"); process.stdout.write("more\\n"); return 1; } } }`);
    send(it, HELLO, '{"t":"req","id":1,"m":"x.print","p":null}', '{"t":"bye","why":"shutdown"}');
    expect(await it.exit).toBe(0);
    expect(it.frames.map((frame) => frame.t)).toEqual(["SALLYPORT/1 json", "hello", "res"]);
    expect(it.stderr()).toBe("stray\nmore\n");
  });

  test("ends when stdin does", async () => {
    const it = served(`{ methods: { "x.wait": () => new Promise(() => { setInterval(() => {}, 1000); }) } }`);
    send(it, HELLO, '{"t":"req","id":1,"m":"x.wait","p":null}');
    await it.until((frame) => frame["t"] === "hello");
    it.child.stdin.end();
    expect(await it.exit).toBe(0);
  });

  test.each([
    ["an uncaught error", "setTimeout(() => { throw new Error('boom'); }, 1)", /uncaught error: Error: boom/],
    ["an unhandled rejection", "Promise.reject(new Error('boom'))", /boom/],
  ])("reports %s on stderr and exits 70", async (_name, statement, message) => {
    const it = served(`{ methods: { "x.run": () => { ${statement}; return new Promise(() => {}); } } }`);
    send(it, HELLO, '{"t":"req","id":1,"m":"x.run","p":null}');
    expect(await it.exit).toBe(70);
    expect(it.stderr()).toMatch(message);
  });

  test("exits 70 when the host sends what is not a frame", async () => {
    const it = served(`{ methods: {} }`);
    send(it, "no frame");
    expect(await it.exit).toBe(70);
    expect(it.stderr()).toMatch(/the host sent what is not a frame/);
  });

  test("says what it is when it is started by hand, and exits 64", async () => {
    const it = served(`{ methods: {} }`, {});
    expect(await it.exit).toBe(64);
    expect(it.frames).toEqual([]);
    expect(it.stderr()).toMatch(/^main\.mjs is a Sallyport plugin and is started by a host.*\n$/);
  });

  test("refuses a host of another major", async () => {
    const it = served(`{ methods: {} }`, { SALLYPORT_PLUGIN: "1", SALLYPORT_MAJORS: "2,3" });
    expect(await it.exit).toBe(64);
    expect(it.stderr()).toMatch(/offers 2, 3/);
  });
});
