import { describe, expect, onTestFinished, test } from "vitest";
import { DEFAULT_LIMITS } from "@sallyport/bus";
import { childEnvironment, createRuns, type Run, type Runs } from "@sallyport/child";

function makeRuns(): Runs {
  const runs = createRuns();
  onTestFinished(() => runs.end());
  return runs;
}

const start = (runs: Runs, text: string, signal = new AbortController().signal, logs: string[] = []): Promise<Run> =>
  runs.start({ argv: ["/bin/sh", "-c", text], cwd: "/", env: childEnvironment() }, { limits: DEFAULT_LIMITS, signal, log: (_level, line) => void logs.push(line) });

async function outputOf(run: Run): Promise<string> {
  const chunks: Uint8Array[] = [];
  for (let chunk = await run.stdout.next(); chunk !== undefined; chunk = await run.stdout.next()) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

describe("a program that runs to its end", () => {
  test("prints, logs and ends with its code", async () => {
    const logs: string[] = [];
    const run = await start(makeRuns(), "read line; echo got $line; echo [warn] so >&2; exit 3", undefined, logs);
    run.stdin.end("it\n");
    expect(await outputOf(run)).toBe("got it\n");
    expect(await run.ended).toEqual({ exitCode: 3, stopped: false, stderrTail: ["[warn] so"] });
    expect(logs).toEqual(["so"]);
  });

  test("can have its output taken after its end", async () => {
    const run = await start(makeRuns(), "echo late");
    expect(await run.ended).toMatchObject({ exitCode: 0 });
    expect(await outputOf(run)).toBe("late\n");
    expect(await run.stdout.next()).toBeUndefined();
  });

  test.each([["kill -TERM $$", 143], ["kill -KILL $$", 137], ["exit 255", 255]])("ended by %s has the code that shells say", async (text, exitCode) => {
    const run = await start(makeRuns(), text);
    expect(await run.ended).toMatchObject({ exitCode, stopped: false });
  });

  test("is asked to end before it is ended, and ended with its signal's owner", async () => {
    const runs = makeRuns();
    const polite = await start(runs, "trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.05; done");
    await polite.stdout.next();
    await polite.stop();
    expect(await polite.ended).toMatchObject({ exitCode: 5, stopped: true });
    const deaf = await start(runs, "trap '' TERM; echo ready; while :; do sleep 0.05; done");
    await deaf.stdout.next();
    await deaf.stop();
    expect(await deaf.ended).toMatchObject({ exitCode: 137, stopped: true });
    const given = new AbortController();
    given.abort(new Error("given up"));
    await expect(start(runs, "echo never", given.signal)).rejects.toThrow("given up");
  });

  test.skipIf(process.platform !== "linux")("is stopped when it is killed, whoever still holds its stderr", async () => {
    const run = await start(makeRuns(), "trap '' TERM; echo ready; (setsid sh -c 'while :; do echo on >&2; sleep 0.02; done' &); sleep 0.2; echo held $$; while :; do sleep 0.05; done");
    await run.stdout.next();
    await run.stdout.next();
    const order: string[] = [];
    await Promise.all([run.ended.then(() => order.push("ended")), run.stop().then(() => order.push("stopped"))]);
    expect(order).toEqual(["stopped", "ended"]);
  });

  test("ends with all others, and none is started after", async () => {
    const runs = makeRuns();
    const both = await Promise.all([start(runs, "sleep 600"), start(runs, "sleep 600 & wait")]);
    if (process.platform === "linux") await expect.poll(async () => (await runs.usage()).processes ?? 0).toBeGreaterThanOrEqual(3);
    await runs.end();
    for (const run of both) expect(await run.ended).toMatchObject({ exitCode: 137, stopped: true });
    expect(await (await start(runs, "sleep 600")).ended).toMatchObject({ stopped: true });
    expect(await runs.usage()).toMatchObject({ processes: 0, memoryBytes: 0 });
  });
});
