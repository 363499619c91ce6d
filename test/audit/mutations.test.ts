import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { createAudit, verifyAudit } from "sallyport";
import { beforeAll, expect, test } from "vitest";
import { deny, privateFolder } from "./logs.js";

const KEY = Buffer.from("k".repeat(32));
const SEED = 20_261_121;

type Mutation = (text: Buffer) => Buffer;

const at = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const lineOf = (lines: readonly string[], where: number): number => Math.floor(where * lines.length);
const byLines = (change: (lines: string[]) => void): Mutation => (text) => {
  const lines = text.toString("latin1").slice(0, -1).split("\n");
  change(lines);
  return Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1");
};

/** One change each, anywhere in the file. */
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(at, fc.integer({ min: 1, max: 255 })).map(([where, bits]): Mutation => (text) => {
    const changed = Buffer.from(text);
    const i = Math.floor(where * text.length);
    changed[i] = (changed[i] as number) ^ bits;
    return changed;
  }),
  at.map((where): Mutation => (text) => Buffer.concat([text.subarray(0, Math.floor(where * text.length)), text.subarray(Math.floor(where * text.length) + 1)])),
  fc.tuple(at, fc.uint8Array({ minLength: 1, maxLength: 80 })).map(([where, bytes]): Mutation => (text) => Buffer.concat([text.subarray(0, Math.floor(where * text.length)), bytes, text.subarray(Math.floor(where * text.length))])),
  at.map((where): Mutation => (text) => text.subarray(0, Math.floor(where * text.length))),
  at.map((where): Mutation => (text) => text.subarray(Math.floor(where * (text.length - 1)) + 1)),
  at.map((where) => byLines((lines) => lines.splice(lineOf(lines, where), 1))),
  at.map((where) => byLines((lines) => lines.splice(lineOf(lines, where), 0, lines[lineOf(lines, where)] as string))),
  fc.tuple(at, at).filter(([a, b]) => Math.abs(a - b) > 0.2).map(([a, b]) => byLines((lines) => {
    const [i, j] = [lineOf(lines, a), lineOf(lines, b)];
    [lines[i], lines[j]] = [lines[j] as string, lines[i] as string];
  })),
);

const logs: Record<string, { text: Buffer; head: Buffer; key?: Buffer }> = {};

beforeAll(async () => {
  for (const [name, key] of [["chained", undefined], ["authenticated", KEY]] as const) {
    const base = await mkdtemp(join(tmpdir(), "sallyport-mutations-"));
    const file = join(base, "audit.jsonl");
    try {
      await writeFile(join(base, "key"), KEY, { mode: 0o600 });
      const options = { file, ...(key && { keyFile: join(base, "key") }) };
      for (let run = 0; run < 3; run++) {
        const log = createAudit(options);
        for (let i = 0; i < 10; i++) deny(log, `plugin${i % 3}`, `call:ledger.m${i}é`);
        await log[Symbol.asyncDispose]();
        // One of the runs was killed in the middle of a line.
        if (run === 1) await writeFile(file, '{"seq":30,"at":"20', { flag: "a" });
      }
      logs[name] = { text: await readFile(file), head: await readFile(`${file}.head`), ...(key && { key }) };
    } finally {
      await rm(base, { recursive: true });
    }
  }
});

test.each(["chained", "authenticated"])("any one change of a %s log is found", async (name) => {
  const { text, head, key } = logs[name] as { text: Buffer; head: Buffer; key?: Buffer };
  const file = join(await privateFolder(), "audit.jsonl");
  await writeFile(`${file}.head`, head, { mode: 0o600 });
  const verify = async (bytes: Buffer): Promise<boolean> => {
    await writeFile(file, bytes, { mode: 0o600 });
    return (await verifyAudit(file, { key })).isWhole;
  };
  expect(await verify(text)).toBe(true);
  await fc.assert(fc.asyncProperty(mutation, async (mutate) => {
    const changed = mutate(text);
    fc.pre(!changed.equals(text));
    return !(await verify(changed));
  }), { seed: SEED, numRuns: 500 });
}, 120_000);

test("a finding names the file, the line and what is wrong with it", async () => {
  const { text, head } = logs["chained"] as { text: Buffer; head: Buffer };
  const file = join(await privateFolder(), "audit.jsonl");
  await writeFile(`${file}.head`, head, { mode: 0o600 });
  const found = async (mutate: Mutation): Promise<string[]> => {
    await writeFile(file, mutate(text), { mode: 0o600 });
    return (await verifyAudit(file)).problems.map((each) => `${each.line}: ${each.what}`);
  };
  expect(await found(byLines((lines) => (lines[5] = (lines[5] as string).replace("plugin", "plugout"))))).toEqual(["6: line 6 of the log was changed, or the one before it"]);
  expect(await found(byLines((lines) => lines.splice(5, 2)))).toEqual(["6: lines 6 to 7 of the log are missing before it"]);
  expect((await found(byLines((lines) => lines.splice(5, 0, lines[4] as string))))[0]).toBe("6: line 5 of the log stands here again, or out of order");
  expect((await found(byLines((lines) => lines.splice(0, 1))))[0]).toMatch(/^1: the file does not begin/);
  expect(await found(byLines((lines) => lines.splice(-3, 3)))).toEqual([expect.stringMatching(/^undefined: lines are missing from the end/)]);
});
