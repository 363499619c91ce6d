import { describe, expect, test } from "vitest";
import { startChild } from "./harness.js";

describe("what is wrong with the bytes is the reason of the exit", () => {
  test.each([
    ["prose.sh", "bad_handshake", "Traceback (most recent call last):"],
    ["wrong-codec.sh", "bad_handshake", "morse"],
    ["wrong-major.sh", "version_mismatch", "9"],
    ["mute-exit.sh", "bad_handshake", "without writing anything"],
    ["length-bomb.sh", "frame_too_large", "4294967295"],
    ["endless-line.sh", "frame_too_large", "65536"],
    ["stray-print-json.sh", "protocol_violation", "got here"],
    ["stray-print-msgpack.sh", "protocol_violation", "got here"],
    ["half-frame.sh", "protocol_violation", "inside a frame"],
    ["odd-cancel.sh", "protocol_violation", "why: a string"],
    ["closes-stdout.sh", "protocol_violation", "closed its stdout"],
    ["closes-stdin.sh", "protocol_violation", "closed its stdin"],
  ])("%s: %s", async (fixture, code, text) => {
    const { boundary } = await startChild(fixture);
    const { error } = await boundary.exited;
    expect(error).toMatchObject({ code, msg: expect.stringContaining(text) });
  });

  test("frames before a stray print are delivered", async () => {
    const { boundary, frames } = await startChild("stray-print-json.sh");
    await boundary.exited;
    expect(frames.map((frame) => frame.t)).toEqual(["hello"]);
  });

  test("a silent child is given up when the start's signal is aborted", async () => {
    const start = new AbortController();
    const { boundary } = await startChild("silent.sh", { signal: start.signal });
    start.abort();
    expect(await boundary.exited).toMatchObject({ signal: "SIGKILL" });
  });

  test("the start's signal means nothing after the handshake", async () => {
    const start = new AbortController();
    const { boundary, until, frames } = await startChild("polite.sh", { signal: start.signal });
    await until(() => frames.length === 1);
    start.abort();
    boundary.send({ t: "req", id: 1, m: "any", p: null });
    await until(() => frames.length === 2);
    boundary.end();
    expect(await boundary.exited).toMatchObject({ exitCode: 0 });
  });

  test("a signal that was aborted before starts nothing", async () => {
    await expect(startChild("polite.sh", { signal: AbortSignal.abort(new Error("too late")) })).rejects.toThrow("too late");
  });
});
