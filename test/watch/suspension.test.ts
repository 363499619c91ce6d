import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createDeadlines, patientTimeout, type Timed } from "@sallyport/bus";
import { describe, expect, it, onTestFinished } from "vitest";
import { manualClock } from "../peer/pair.js";

interface Report { readonly results: readonly unknown[]; readonly after: readonly unknown[]; readonly events: readonly unknown[]; readonly restarts: readonly number[]; readonly health: readonly string[] }

describe("a host that was stopped for three seconds with calls open", () => {
  it("kills nobody for it: the calls end well, in every mode", async (context) => {
    if (process.platform === "win32") context.skip("Windows has no SIGSTOP");
    const host = fork(fileURLToPath(new URL("fixtures/host.mjs", import.meta.url)), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    onTestFinished(() => {
      host.kill("SIGCONT");
      host.kill("SIGKILL");
    });
    const report = await new Promise<Report>((resolve, reject) => {
      host.once("exit", (code) => reject(new Error(`the host ended with ${code}`)));
      host.on("message", (message) => {
        if (message !== "ready") return resolve(message as Report);
        setTimeout(() => host.kill("SIGSTOP"), 300);
        setTimeout(() => host.kill("SIGCONT"), 3300);
      });
    });
    expect(report).toMatchObject({ results: ["well", "well", "well"], after: [1, 1, 1], events: [], restarts: [0, 0, 0] });
    expect(report.health).not.toContain("unresponsive");
  }, 60_000);
});

describe("a deadline that passed while this program did not run", () => {
  function deadlines(): { clock: ReturnType<typeof manualClock>; add(name: string, ms: number): Timed; expired: string[]; remove(entry: Timed): void } {
    const clock = manualClock();
    const all = createDeadlines(clock);
    const expired: string[] = [];
    return {
      clock, expired,
      remove: (entry) => all.remove(entry),
      add(name, ms) {
        const entry: Timed = { slot: undefined, earlier: undefined, later: undefined, expire: () => expired.push(name) };
        all.add(entry, clock.now(), ms);
        return entry;
      },
    };
  }

  it("is given a second, once, and not one whose time has not come", () => {
    const { clock, add, expired } = deadlines();
    add("short", 100);
    add("long", 3000);
    add("later", 3800);
    clock.leap(3500);
    expect(expired).toEqual([]);
    clock.leap(320);
    expect(expired).toEqual(["later"]);
    clock.leap(690);
    expect(expired.toSorted()).toEqual(["later", "long", "short"]);
    clock.leap(10_000);
    expect(expired).toHaveLength(3);
  });

  it("does not come if the answer is there by then", () => {
    const { clock, add, remove, expired } = deadlines();
    const entry = add("answered", 100);
    clock.leap(3000);
    remove(entry);
    clock.leap(20);
    clock.leap(5000);
    expect(expired).toEqual([]);
  });

  it("is not put off again and again by one late turn after the other", () => {
    const { clock, add, expired } = deadlines();
    add("once", 100);
    clock.leap(3000);
    add("new", 1000);
    clock.leap(3000);
    expect(expired).toEqual(["once"]);
    clock.leap(3000);
    expect(expired).toEqual(["once", "new"]);
  });

  it("a little late is late", () => {
    const { clock, add, expired } = deadlines();
    add("busy", 100);
    clock.leap(400);
    expect(expired).toEqual(["busy"]);
  });
});

describe("a patient timer", () => {
  it("waits once more where it fired late, and no longer than it would have", () => {
    const clock = manualClock();
    const fired: number[] = [];
    patientTimeout(clock, () => fired.push(clock.now()), 50);
    clock.leap(2000);
    expect(fired).toEqual([]);
    clock.leap(49);
    expect(fired).toEqual([]);
    clock.leap(1);
    expect(fired).toEqual([2050]);
    const timer = patientTimeout(clock, () => fired.push(-1), 50);
    clock.leap(2000);
    timer.clear();
    clock.leap(2000);
    expect(fired).toEqual([2050]);
  });
});
