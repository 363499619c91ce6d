import type { Frame } from "@sallyport/bus";
import { CASES, casesAsJson, formatReport, runConformance, type ConformanceReport } from "@sallyport/conformance";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { tiny, type Guest, type Send } from "./tiny.js";

/** The least that a demo plugin may be: three methods, one call at a time, no feature. */
const modest: Guest = (send) => (frame) => {
  if (frame === undefined) send({ t: "hello", name: "demo", version: "1.0.0", methods: ["demo.echo", "demo.upper", "demo.fail"] });
  else if (frame.t === "req") answer(send, frame);
  return frame?.t !== "bye";
};

function answer(send: Send, { id, m, p }: Frame & { t: "req" }): void {
  const params = p as { text?: unknown; code?: string; msg?: string };
  const fail = (code = "", msg = "", more = {}): void => send({ t: "err", id, e: { code, msg, ...more } });
  if (m === "demo.echo") send({ t: "res", id, r: p });
  else if (m === "demo.fail") fail(params.code, params.msg);
  else if (m !== "demo.upper") fail("unimplemented", `there is no method ${m}`);
  else if (typeof params.text !== "string") fail("invalid_argument", "text must be a string", { path: "params.text" });
  else send({ t: "res", id, r: params.text.replace(/[a-z]/g, (letter) => letter.toUpperCase()) });
}

/** `modest`, with what it sends changed on the way. */
const altered = (change: (frame: Record<string, unknown>, send: Send) => void): Guest => (send) => modest((frame) => change(frame, send));

async function run(guest: Guest, id: string, waivers?: Record<string, string>): Promise<ConformanceReport> {
  return runConformance({ adapter: tiny(guest), spec: { path: "tiny" }, cases: CASES.filter((each) => each.id === id), withinMs: 300, ...(waivers && { waivers }) });
}

const reasonOf = async (guest: Guest, id: string, waivers?: Record<string, string>): Promise<string> => {
  const report = await run(guest, id, waivers);
  expect(report.ok).toBe(false);
  return report.cases[0]?.reason ?? "";
};

describe("the runner", () => {
  it("passes a modest plugin and waives what it does not declare", { timeout: 60_000 }, async () => {
    // This adapter has no wire, so it has no frame limit either: a gap that no declared fact explains.
    const report = await runConformance({ adapter: tiny(modest), spec: { path: "tiny" }, withinMs: 2000, waivers: { "value.too-large": "no frames, no limit" } });
    expect(formatReport({ ...report, cases: report.cases.filter((result) => result.outcome === "failed") })).toMatch(/, 0 failed$/);
    expect(report.passed).toBeGreaterThan(25);
    expect(report.cases.find((result) => result.id === "stream.items")).toMatchObject({ outcome: "waived", reason: expect.stringContaining("no feature stream") });
  });

  it("finds a second terminal frame", async () => {
    const twice = altered((frame, send) => [frame, ...(frame["t"] === "res" ? [frame] : [])].forEach(send));
    expect(await reasonOf(twice, "call.result")).toContain("nobody asked for");
  });

  it("finds a wrong value and shows what crossed", async () => {
    const shouting = altered((frame, send) => send(frame["t"] === "res" ? { ...frame, r: "?" } : frame));
    const report = await run(shouting, "call.result");
    expect(report.cases[0]).toMatchObject({ outcome: "failed", reason: expect.stringContaining("expected \"GR") });
    expect(report.cases[0]?.transcript?.join("\n")).toMatch(/-> .*demo\.upper[^]*<- .*"\?"/);
  });

  it("finds silence", async () => {
    expect(await reasonOf(altered((frame, send) => frame["t"] !== "err" && send(frame)), "call.unknown-method")).toContain("did not come within 300 ms");
  });

  it("finds items beyond the credit", async () => {
    const greedy: Guest = (send) => {
      const others = modest(send);
      return (frame) => {
        if (frame === undefined) send({ t: "hello", name: "demo", version: "1.0.0", features: ["stream"], methods: ["demo.echo", "demo.count"] });
        else if (frame.t !== "req" || frame.m !== "demo.count") return others(frame);
        else for (let d = 1; d <= 1000; d++) send({ t: "data", id: frame.id, d });
        return true;
      };
    };
    expect(await reasonOf(greedy, "stream.credit")).toMatch(/items of the stream 'a' came for a credit of 16/);
  });

  it("fails a waiver that passes", async () => {
    expect(await reasonOf(modest, "call.result", { "call.result": "believed to be broken" })).toContain("passes, although it was waived (believed to be broken)");
  });

  it("says when there is no hello", async () => {
    await expect(run(() => () => true, "call.result")).rejects.toMatchObject({ code: "bad_handshake" });
  });

  it("says when the adapter does not run the path", async () => {
    await expect(runConformance({ adapter: tiny(modest), spec: { path: "elsewhere" } })).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("the cases", () => {
  it("have ids of their own", () => {
    expect(new Set(CASES.map((each) => each.id)).size).toBe(CASES.length);
  });

  it("are published as JSON as they are", async () => {
    const published = await readFile(new URL("cases.json", import.meta.url), "utf8");
    expect(published, "run `npm run cases -w @sallyport/conformance`").toBe(casesAsJson());
  });
});
