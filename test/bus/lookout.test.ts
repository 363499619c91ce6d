import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createLookout, type Post } from "@sallyport/bus";

/** The clock alone, ms: turns of the loop take no time here. */
let nowMs = 1;
beforeEach(() => {
  nowMs = 1;
  vi.useFakeTimers({ toFake: ["setImmediate"] });
  vi.spyOn(performance, "now").mockImplementation(() => nowMs);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const looks = (): boolean => vi.getTimerCount() > 0;
const turn = (): void => void vi.runOnlyPendingTimers();

/** Waits `times` times, so long asleep and so long awake, ms, and says how often it looked. */
function wait(post: Post, times: number, asleepMs: number, awakeMs: number): number {
  let looked = 0;
  for (let i = 0; i < times; i++) {
    post.expect();
    const awake = looks();
    if (awake) looked++;
    nowMs += awake ? awakeMs : asleepMs;
    post.met();
    turn();
  }
  return looked;
}

describe("a post", () => {
  test("stays awake where that makes waits shorter", () => {
    const post = createLookout(2).post();
    wait(post, 200, 0.08, 0.02);
    expect(wait(post, 60, 0.08, 0.02)).toBeGreaterThan(40);
  });

  test("sleeps where it makes them longer, and tries ever more rarely", () => {
    const post = createLookout(2).post();
    wait(post, 200, 0.02, 0.08);
    const first = wait(post, 2000, 0.02, 0.08);
    const later = wait(post, 2000, 0.02, 0.08);
    expect(first).toBeLessThan(200);
    expect(later).toBeLessThan(first);
  });

  test("sleeps where it makes no difference", () => {
    const post = createLookout(2).post();
    wait(post, 200, 0.05, 0.05);
    expect(wait(post, 2000, 0.05, 0.05)).toBeLessThan(200);
  });

  test("follows when the machine changes", () => {
    const post = createLookout(2).post();
    wait(post, 1000, 0.02, 0.08);
    wait(post, 20_000, 0.08, 0.02);
    expect(wait(post, 100, 0.08, 0.02)).toBeGreaterThan(60);
    wait(post, 20_000, 0.02, 0.08);
    expect(wait(post, 100, 0.02, 0.08)).toBeLessThan(40);
  });

  test("never looks where there is one CPU", () => {
    expect(wait(createLookout(1).post(), 1000, 0.08, 0.02)).toBe(0);
  });

  test("ends a look after 100 µs, and when nothing is due any more", () => {
    const post = createLookout(2).post();
    wait(post, 200, 0.08, 0.02);
    post.expect();
    turn();
    expect(looks()).toBe(true);
    nowMs += 0.11;
    turn();
    expect(looks()).toBe(false);
    post.expect();
    post.rest();
    turn();
    expect(looks()).toBe(false);
  });
});
