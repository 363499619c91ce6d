import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";

const ROUND = `
const value = { t: "data", id: 1, d: [new Uint8Array([1, 2, 3]), new Date(0), 2n ** 60n, "é".repeat(99), "\\ufeff" + "x".repeat(80), { toString: 1, constructor: 2, $x: 1 }] };
const seen = [];
for (const codec of [bus.jsonCodec, bus.msgpackCodec, bus.recordCodec]) {
  const frames = [];
  const reader = bus.createFrameReader({ codec, maxBytes: 65536, onFrame: (frame) => frames.push(frame) });
  const writer = bus.createFrameWriter(codec);
  const out = bus.createBytes(1);
  // Three times: keys are remembered from the second on.
  for (let i = 0; i < 3; i++) writer.write(value, out, 65536);
  reader.push(out.bytes.subarray(0, out.size));
  const { d } = frames[2];
  seen.push([d[0].constructor.name, d[0].join(), d[1].toISOString(), String(d[2]), d[3].length, d[4].length, Object.keys(d[5]).join()].join(" "));
}
const topics = bus.createTopics();
topics.subscribe("constructor.*", "heard");
seen.push(topics.match("constructor.name").join());
console.log(JSON.stringify(seen));
`;
const VALUE = "Uint8Array 1,2,3 1970-01-01T00:00:00.000Z 1152921504606846976 99 81 toString,constructor,$x";
const EXPECTED = [VALUE, VALUE, VALUE, "heard"];

function run(script: string): unknown {
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script + ROUND], { cwd: import.meta.dirname, encoding: "utf8" }));
}

describe("the bus works where guests live", () => {
  test("without Buffer", () => {
    expect(run("delete globalThis.Buffer; const bus = await import('@sallyport/bus');")).toEqual(EXPECTED);
  });
  test("loaded before lockdown, used after it", () => {
    expect(run("import 'ses'; import * as bus from '@sallyport/bus'; lockdown({ errorTrapping: 'none', overrideTaming: 'severe', evalTaming: 'no-eval', errorTaming: 'safe' });")).toEqual(EXPECTED);
  });
  test("loaded after lockdown, without Buffer", () => {
    expect(run("delete globalThis.Buffer; await import('ses'); lockdown({ errorTrapping: 'none', overrideTaming: 'severe', evalTaming: 'no-eval', errorTaming: 'safe' }); const bus = await import('@sallyport/bus');")).toEqual(EXPECTED);
  });
});
