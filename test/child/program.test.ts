import { getActiveResourcesInfo } from "node:process";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { DEFAULT_LIMITS } from "@sallyport/bus";
import { childEnvironment, startProgram, type Program } from "@sallyport/child";
import { gone, isAlive } from "./harness.js";

/** Started by its text; what it logged comes with it. */
async function start(text: string, signal = new AbortController().signal): Promise<{ program: Program; logs: string[] }> {
  const logs: string[] = [];
  const program = await startProgram({ argv: ["/bin/sh", "-c", text], cwd: "/", env: childEnvironment() }, { limits: DEFAULT_LIMITS, signal, host: { log: (_level, line) => void logs.push(line) } });
  onTestFinished(async () => void (await program.kill()));
  return { program, logs };
}

const pipes = (): number => getActiveResourcesInfo().filter((kind) => kind === "PipeWrap").length;
const turns = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate);
};

describe("a program that is spoken to in its own words", () => {
  test("has a first line, a log of the rest, and an end", async () => {
    const { program, logs } = await start("echo first; echo more; echo err >&2; read line; printf 'got %s' $line; exit 4");
    expect(await program.firstLine(100)).toBe("first");
    program.opened();
    program.stdin.write("it\n");
    expect(await program.exited).toMatchObject({ exitCode: 4, stderrTail: ["err"] });
    expect(logs.toSorted()).toEqual(["err", "got it", "more"]);
    expect(await program.usage()).toBeUndefined();
  });

  test.each(["echo none >&2", "printf 'no line'"])("is refused without a first line (%s)", async (text) => {
    const { program } = await start(text);
    await expect(program.firstLine(100)).rejects.toMatchObject({ code: "bad_handshake" });
    expect(await program.exited).toMatchObject({ exitCode: 0 });
  });

  test("ends by the end of its input, by the polite signal, and by kill with the reason that is given", async () => {
    const { program: reads } = await start("echo ready; cat >/dev/null; exit 5");
    const { program: polite } = await start("trap 'exit 6' TERM; echo ready; while :; do sleep 0.05; done");
    const { program: deaf } = await start("trap '' TERM; echo ready; while :; do sleep 0.05; done");
    for (const program of [reads, polite, deaf]) await program.firstLine(100);
    for (const program of [reads, polite, deaf]) program.end();
    expect(await reads.exited).toMatchObject({ exitCode: 5 });
    expect(await polite.exited).toMatchObject({ exitCode: 6 });
    expect(isAlive(deaf.pid)).toBe(true);
    const exit = await deaf.kill(new Error("enough"));
    expect(exit).toMatchObject({ signal: "SIGKILL", error: { msg: "enough" } });
    expect(exit.oom).toBeUndefined();
    await gone(deaf.pid);
  });

  test.skipIf(process.platform !== "linux")("takes along who left its group, when it is killed before anybody looked", async () => {
    const { program } = await start("setsid sh -c 'echo $$; exec sleep 600' & wait");
    const stray = Number(await program.firstLine(100));
    expect(isAlive(stray)).toBe(true);
    await program.kill();
    await gone(stray);
  });

  test("is ended when its start is given up, and not after it has opened", async () => {
    const [early, late] = [new AbortController(), new AbortController()];
    const { program: given } = await start("sleep 600", early.signal);
    early.abort();
    expect(await given.exited).toMatchObject({ signal: "SIGKILL" });
    const { program: open } = await start("echo ready; read line; exit 7", late.signal);
    await open.firstLine(100);
    open.opened();
    late.abort();
    open.end();
    expect(await open.exited).toMatchObject({ exitCode: 7 });
  });

  test.skipIf(process.platform !== "linux").each([["says nothing", "sleep 600"], ["prints on", "while :; do echo on; sleep 0.02; done"]])("has ended although somebody outside of its group, who %s, holds its pipes", async (_name, text) => {
    // Pipes are closed one turn after they are destroyed.
    await turns();
    const before = pipes();
    // The shell between them ends at once: nothing shows any more whose child it is.
    const { program, logs } = await start(`(setsid sh -c 'echo holder $$ >&2; ${text}' &); sleep 0.2; echo ready; exit 8`);
    expect(await program.firstLine(100).catch(() => "")).toMatch(/^(ready|on)$/);
    const holder = await vi.waitFor(() => Number((/holder (\d+)/.exec(logs.join("\n")) as RegExpExecArray)[1]));
    onTestFinished(() => void process.kill(-holder, "SIGKILL"));
    expect(await program.exited).toMatchObject({ exitCode: 8 });
    expect(isAlive(holder)).toBe(true);
    await turns();
    // The pipes are open on the other side, and no more on ours.
    expect(pipes()).toBeLessThanOrEqual(before);
  });
});
