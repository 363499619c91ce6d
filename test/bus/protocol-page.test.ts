import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CODES, createFrameReader, createHandshakeReader, encodeFrame, jsonCodec, readFrame, type Frame } from "@sallyport/bus";
import { utf8 } from "./canonical.js";

const page = readFileSync(new URL("../../bus/PROTOCOL.md", import.meta.url), "utf8");
const block = (language: string): string[] => [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "gm"))].map((match) => match[1] as string);
const examples = block("json").flatMap((text) => text.trimEnd().split("\n"));

test.each(examples)("the page's example is a frame: %s", (line) => {
  const value = jsonCodec.decode(utf8(line));
  expect(readFrame(value)).toBeDefined();
  expect(Buffer.from(jsonCodec.encode(value)).toString()).toBe(line);
});

test("every frame has an example", () => {
  const shown = new Set(examples.map((line) => (JSON.parse(line) as Frame).t));
  expect([...shown].sort()).toEqual(["bye", "cancel", "credit", "data", "end", "err", "ev", "hello", "log", "ping", "pong", "prog", "req", "res"]);
});

test("the page lists every error code on its side", () => {
  const lists = /Shared codes: `([^`]+)`[^]*?Only a host reports: `([^`]+)`/.exec(page);
  const words = (text: string | undefined): string[] => (text ?? "").split(/\s+/);
  const codes = Object.entries(CODES);
  expect(words(lists?.[1])).toEqual(codes.filter(([, facts]) => !facts.hostOnly).map(([code]) => code));
  expect(words(lists?.[2])).toEqual(codes.filter(([, facts]) => facts.hostOnly).map(([code]) => code));
});

/** Feeds a program frames and returns what it says, once it has exited by itself. */
function converse(command: string, args: string[], frames: readonly Frame[], env: NodeJS.ProcessEnv): Promise<{ exitCode: number | null; out: Buffer; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { PATH: process.env["PATH"], ...env }, stdio: "pipe", timeout: 20_000, killSignal: "SIGKILL" });
    const out: Buffer[] = [];
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    // A program that says it was started by hand does not read.
    child.stdin.on("error", () => undefined);
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, out: Buffer.concat(out), err }));
    for (const frame of frames) child.stdin.write(encodeFrame(jsonCodec, frame, 65_536));
    child.stdin.end();
  });
}

function framesIn(out: Buffer): Frame[] {
  const handshake = createHandshakeReader({ codecs: [jsonCodec], majors: [1] }).push(out);
  const frames: Frame[] = [];
  const reader = createFrameReader({ codec: jsonCodec, maxBytes: 65_536, onFrame: (frame) => frames.push(frame) });
  reader.push(handshake?.rest ?? new Uint8Array(0));
  reader.end();
  return frames;
}

const HELLO: Frame = { t: "hello", host: "test", version: "0", proto: "1.0", features: [], limits: {}, grants: [], config: null, instance: "demo#1" };
const BYE: Frame = { t: "bye", why: "shutdown", ms: 1000 };
const has = (command: string): boolean => spawnSync(command, ["-c", ""], { stdio: "ignore" }).status === 0;

describe.each([
  { language: "python", command: "python3", method: "demo.upper", params: { text: "hallo" }, result: expect.stringMatching(/^HALLO$/) as unknown },
  { language: "sh", command: "sh", method: "demo.time", params: null, result: expect.any(Number) as unknown },
])("the page's $language program", ({ language, command, method, params, result }) => {
  let folder = "";
  let program = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sallyport-page-"));
    program = join(folder, "program");
    writeFileSync(program, block(language)[0] ?? "");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const missing = has(command) ? undefined : `no ${command} on this machine`;

  test("answers calls, refuses unknown methods, and leaves at bye and at the end of input", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const calls: Frame[] = [HELLO, { t: "req", id: 1, m: method, p: params, dl: 1000 }, { t: "future" } as unknown as Frame, { t: "req", id: 3, m: "demo.nope", p: { m: "x" }, dl: 1000 }];
    for (const last of [[BYE], []]) {
      const { exitCode, out, err } = await converse(command, [program], [...calls, ...last], { SALLYPORT_PLUGIN: "1", SALLYPORT_MAJORS: "1" });
      expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
      expect(framesIn(out)).toEqual([
        expect.objectContaining({ t: "hello", name: "demo" }),
        { t: "res", id: 1, r: result },
        { t: "err", id: 3, e: expect.objectContaining({ code: "unimplemented" }) as unknown },
      ]);
    }
  });

  test("started by hand, it says so and exits with 64", async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const { exitCode, out, err } = await converse(command, [program], [], {});
    expect({ exitCode, out: out.length }).toEqual({ exitCode: 64, out: 0 });
    expect(err).toMatch(/^This is a Sallyport plugin/);
  });
});
