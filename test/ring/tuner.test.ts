import fc from "fast-check";
import { createTuner, type Tuner } from "@sallyport/ring";
import { describe, expect, test } from "vitest";

/** Lets a connection run for `ms` of busy time; each frame costs what its way costs. Returns the share of time spent polling. */
function run(tuner: Tuner, ms: number, pollingMs: () => number, sleepingMs: () => number): number {
  let polled = 0;
  for (let at = 0; at < ms; ) {
    const { polling } = tuner;
    const cost = polling ? pollingMs() : sleepingMs();
    tuner.observe(1, cost);
    at += cost;
    if (polling) polled += cost;
  }
  return polled / ms;
}

describe("the choice between polling and sleeping", () => {
  test.each([
    ["polling is ten times faster", 0.005, 0.05, 0.98, 1],
    ["sleeping is faster", 0.1, 0.03, 0, 0.02],
    ["a call takes so long that it does not matter", 20, 20.05, 0, 0.1],
  ])("where %s", (_name, pollingMs, sleepingMs, least, most) => {
    const tuner = createTuner(true);
    run(tuner, 200, () => pollingMs, () => sleepingMs);
    const share = run(tuner, 10_000, () => pollingMs, () => sleepingMs);
    expect(share).toBeGreaterThanOrEqual(least);
    expect(share).toBeLessThanOrEqual(most);
  });

  test("follows a load that changes", () => {
    const tuner = createTuner(true);
    run(tuner, 5000, () => 0.005, () => 0.05);
    expect(run(tuner, 5000, () => 0.1, () => 0.03)).toBeLessThan(0.4);
    expect(run(tuner, 5000, () => 0.1, () => 0.03)).toBeLessThan(0.02);
    run(tuner, 3000, () => 0.005, () => 0.05);
    expect(run(tuner, 3000, () => 0.005, () => 0.05)).toBeGreaterThan(0.98);
  });

  test("a window that something disturbed decides nothing", () => {
    const tuner = createTuner(true);
    let frames = 0;
    const disturbed = (ms: number) => () => (++frames % 900 === 0 ? 8 : ms);
    run(tuner, 1000, disturbed(0.005), disturbed(0.05));
    expect(run(tuner, 20_000, disturbed(0.005), disturbed(0.05))).toBeGreaterThan(0.9);
  });

  test("on one CPU it never polls, whatever it sees", () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(1000), fc.double({ min: 0, max: 100, noNaN: true }))), (seen) => {
      const tuner = createTuner(false);
      for (const [frames, ms] of seen) {
        tuner.observe(frames, ms);
        expect(tuner.polling).toBe(false);
      }
    }));
  });
});
