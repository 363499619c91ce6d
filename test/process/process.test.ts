import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { process as processMode } from "@sallyport/adapter-process";
import { DEFAULT_LIMITS, type Frame, type HostHello, type Limits } from "@sallyport/bus";
import type { Boundary } from "@sallyport/kernel";

let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-")));
});
afterEach(() => rmSync(folder, { recursive: true }));

const never = new AbortController().signal;
const HELLO: HostHello = { t: "hello", host: "test", version: "1.0.0", proto: "1.0", features: ["stream", "cancel", "log", "init", "stack"], limits: {}, grants: [], config: { token: "canary-51d0" }, instance: "x#1" };

interface Guest {
  readonly boundary: Boundary;
  readonly frames: Frame[];
  readonly logs: string[];
  /** Calls a method and waits for its terminal frame, or for the end. */
  call(method: string, params?: unknown): Promise<Frame | undefined>;
}

async function start(files: Readonly<Record<string, string>>, { limits, debug = false, entry = "index.ts" }: { limits?: Partial<Limits>; debug?: boolean; entry?: string } = {}): Promise<Guest> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const adapter = processMode();
  onTestFinished(async () => adapter[Symbol.asyncDispose]());
  const source = await adapter.inspect({ path: join(folder, entry) }, never);
  if (source === undefined) throw new Error("no plugin");
  const frames: Frame[] = [];
  const logs: string[] = [];
  let look = (): void => {};
  const boundary = await adapter.open(
    { source, instance: "x#1", args: [], limits: { ...DEFAULT_LIMITS, ...limits }, sandbox: "auto", permissions: {}, debug },
    { receive: (frame) => (frames.push(frame), look()), log: (_level, text) => void logs.push(text), drained() {} },
    never,
  );
  const until = async (condition: () => boolean): Promise<void> => {
    const met = new Promise<void>((resolve) => {
      look = () => condition() && resolve();
      look();
    });
    await Promise.race([met, boundary.exited]);
  };
  await until(() => frames.some((frame) => frame.t === "hello"));
  boundary.send(HELLO);
  let id = 1;
  return {
    boundary,
    frames,
    logs,
    async call(method, params = null) {
      const mine = (id += 2);
      boundary.send({ t: "req", id: mine, m: method, p: params, dl: 60_000 });
      const answer = (): Frame | undefined => frames.find((frame) => (frame.t === "res" || frame.t === "err") && frame.id === mine);
      await until(() => answer() !== undefined);
      return answer();
    },
  };
}

const plugin = (methods: string): string => `import { definePlugin } from "@sallyport/plugin";\nexport default definePlugin({ methods: { ${methods} } });\n`;

test("a TypeScript plugin with an import answers, and ends with its input", async () => {
  const { boundary, frames, call } = await start({
    "shout.ts": "export const shout = (text: string): string => text.toUpperCase();\n",
    "index.ts": `import { shout } from "./shout.js";\n${plugin('"x.shout": (params: { text: string }) => shout(params.text)')}`,
  });
  expect(frames[0]).toMatchObject({ t: "hello", name: "index", methods: [expect.anything()] });
  expect(await call("x.shout", { text: "hi" })).toMatchObject({ t: "res", r: "HI" });
  boundary.end();
  expect(await boundary.exited).toMatchObject({ exitCode: 0 });
});

test("an executable is left to other modes", async () => {
  writeFileSync(join(folder, "x.sh"), "#!/bin/sh\n", { mode: 0o755 });
  expect(await processMode().inspect({ path: join(folder, "x.sh") }, never)).toBeUndefined();
});

describe("errors carry the author's position", () => {
  const files = { "index.ts": plugin('\n  "x.fail": () => {\n    throw new Error("no luck");\n  },\n') };

  test("and no stack unless it was asked for", async () => {
    const { call } = await start(files);
    const frame = await call("x.fail");
    expect(frame).toMatchObject({ t: "err", e: { code: "internal", msg: "no luck", at: "index.ts:4:11" } });
    expect(frame?.t === "err" && frame.e.stack).toBeUndefined();
  });

  test("with a stack of the author's files when it was", async () => {
    const { call } = await start(files, { debug: true });
    const frame = await call("x.fail");
    const stack = frame?.t === "err" ? (frame.e.stack ?? "") : "";
    expect(stack).toContain("index.ts:4:11");
    expect(stack).not.toContain(folder);
  });
});

describe("the guest", () => {
  test("has no ambient authority", async () => {
    const { call } = await start({
      "index.ts": plugin(`"x.see": () => ["process", "require", "fetch", "Buffer", "WebAssembly", "global"].map((name) => {
        try { return typeof (globalThis as Record<string, unknown>)[name] === "object" ? name : null; } catch { return null; }
      }).filter((name) => name !== null)`),
    });
    expect(await call("x.see")).toMatchObject({ t: "res", r: [] });
  });

  test("that never yields is killed", async () => {
    const { boundary, call } = await start({ "index.ts": plugin('"x.hang": () => { for (;;); }') });
    const answer = call("x.hang");
    expect(await boundary.kill()).toMatchObject({ signal: "SIGKILL" });
    expect(await answer).toBeUndefined();
  });

  test("that exhausts its heap dies alone, and the exit says so", async () => {
    const { boundary, call } = await start(
      { "index.ts": plugin('"x.grow": () => { const map = new Map<number, number[]>(); for (let i = 0; ; i++) map.set(i, new Array<number>(100).fill(i)); }') },
      { limits: { memoryMb: 32 } },
    );
    expect(await call("x.grow")).toBeUndefined();
    expect(await boundary.exited).toMatchObject({ oom: true });
  });

  test.skipIf(process.platform !== "linux")("is told nothing by argv or environment", async () => {
    const { boundary } = await start({ "index.ts": plugin("") });
    const pid = boundary.label.replace("pid ", "");
    expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.toMatch(/canary|index\.ts/);
    expect(readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter(Boolean).sort()).toEqual(["SALLYPORT_MAJORS=1", "SALLYPORT_PLUGIN=1"]);
  });
});
