import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { createDeadlines, type Timed } from "@sallyport/bus";
import { manualClock } from "./pair.js";

interface Entry extends Timed { readonly due: number; expiredAt: number | undefined }

function entry(due: number, clock: { now(): number }, then: () => void = () => {}): Entry {
  return {
    due, expiredAt: undefined, slot: undefined, earlier: undefined, later: undefined,
    expire() {
      this.expiredAt = clock.now();
      then();
    },
  };
}

describe("deadlines", () => {
  test("each expires once, not before its time and at most a grain after it; a removed one never", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ at: fc.integer({ min: 0, max: 50 }), ms: fc.integer({ min: 1, max: 40_000 }), removed: fc.boolean() }), { maxLength: 40 }), async (plan) => {
        const clock = manualClock();
        const deadlines = createDeadlines(clock);
        const made: { readonly timed: Entry; readonly removed: boolean; readonly ms: number }[] = [];
        for (const { at, ms, removed } of plan.sort((a, b) => a.at - b.at)) {
          await clock.advance(Math.max(0, at - clock.now()));
          const timed = entry(clock.now() + ms, clock);
          deadlines.add(timed, clock.now(), ms);
          made.push({ timed, removed, ms });
        }
        for (const { timed, removed } of made) if (removed && timed.expiredAt === undefined) deadlines.remove(timed);
        const before = clock.now();
        await clock.advance(50_000);
        for (const { timed, removed, ms } of made) {
          if (removed && (timed.expiredAt === undefined || timed.expiredAt > before)) expect(timed.expiredAt).toBeUndefined();
          else {
            expect(timed.expiredAt).toBeGreaterThanOrEqual(timed.due - 1);
            expect(timed.expiredAt).toBeLessThanOrEqual(timed.due + (ms < 1000 ? 1 : 16));
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test("one that throws does not keep the others from theirs, and one may add another", async () => {
    const clock = manualClock();
    const deadlines = createDeadlines(clock);
    const late = entry(30, clock);
    const failing = entry(10, clock, () => {
      throw new Error("its own affair");
    });
    const adding = entry(10, clock, () => deadlines.add(late, clock.now(), 20));
    deadlines.add(failing, 0, 10);
    deadlines.add(adding, 0, 10);
    await clock.advance(100);
    expect([failing.expiredAt, adding.expiredAt, late.expiredAt]).toEqual([10, 10, 30]);
  });

  test("removing one that is not in there, or twice, does nothing", async () => {
    const clock = manualClock();
    const deadlines = createDeadlines(clock);
    const [one, other] = [entry(10, clock), entry(10, clock)];
    deadlines.remove(one);
    deadlines.add(one, 0, 10);
    deadlines.add(other, 0, 10);
    deadlines.remove(one);
    deadlines.remove(one);
    await clock.advance(20);
    expect([one.expiredAt, other.expiredAt]).toEqual([undefined, 10]);
  });

  test("a process with no call left ends, although a deadline was far away", async () => {
    const { execFile } = await import("node:child_process");
    const { fileURLToPath } = await import("node:url");
    const bus = new URL("../../bus/dist/index.js", import.meta.url).href;
    const code = `
      import { createDeadlines, systemClock } from ${JSON.stringify(bus)};
      const clock = systemClock();
      const deadlines = createDeadlines(clock);
      const timed = { slot: undefined, earlier: undefined, later: undefined, expire() {} };
      deadlines.add(timed, clock.now(), 3_600_000);
      setTimeout(() => { deadlines.remove(timed); console.log("removed"); }, 50);`;
    const output = await new Promise<string>((resolve, reject) =>
      execFile(process.execPath, ["--input-type=module", "-e", code], { cwd: fileURLToPath(new URL(".", import.meta.url)), timeout: 20_000 }, (error, stdout) => (error ? reject(error) : resolve(stdout))));
    expect(output.trim()).toBe("removed");
  });

  test("closed with nothing left, no timer remains to keep it in memory; with something left, that still ends", () => {
    const clock = manualClock();
    let timers = 0;
    const counting = { ...clock, setTimeout: (fn: () => void, ms: number) => (timers++, clock.setTimeout(fn, ms)), clearTimeout: (timer: unknown) => (timers--, clock.clearTimeout(timer)), keepAlive: () => {} };
    const deadlines = createDeadlines(counting);
    const first = entry(30_000, clock);
    deadlines.add(first, 0, 30_000);
    deadlines.close();
    expect(timers).toBe(1);
    deadlines.remove(first);
    deadlines.close();
    expect(timers).toBe(0);
    deadlines.add(entry(10, clock), 0, 10);
    expect(timers).toBe(1);
  });
});
