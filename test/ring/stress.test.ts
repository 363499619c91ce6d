import { MessageChannel, Worker } from "node:worker_threads";
import type { SallyportError } from "@sallyport/bus";
import { createLinkMemory, createLinks, type Links } from "@sallyport/ring";
import { describe, expect, test } from "vitest";
import { createChecker, createGate, pump, random } from "./fixtures/traffic.mjs";

const SECONDS = Number(process.env["RING_STRESS_SECONDS"] ?? 3);
const SEED = Number(process.env["RING_STRESS_SEED"] ?? Date.now() % 1_000_000);

/** One life of a link between this thread and another one; ends by itself, by an exit, or by a kill. */
async function live(links: Links, seed: number): Promise<void> {
  const next = random(seed);
  const count = 50 + Math.floor(next() * 1500);
  const fate = next();
  const diesAfterMs = next() * 60;
  // Small rings are full all the time.
  const memory = createLinkMemory(1024 << Math.floor(next() * 9));
  const { port1, port2 } = new MessageChannel();
  const workerData = { memory, port: port2, hostSeed: seed, guestSeed: seed + 1, count, ...(fate < 0.2 && { exitAfterMs: diesAfterMs }) };
  const thread = new Worker(new URL("fixtures/guest.mjs", import.meta.url), { workerData, transferList: [port2] });
  const checker = createChecker(seed + 1);
  const gate = createGate();
  const failures: unknown[] = [];
  thread.on("error", (thrown) => failures.push(thrown));

  let dead = false;
  const link = links.open(memory, port1, {
    onFrame: (bytes, start, end, attachment) => checker.frame(bytes, start, end, attachment),
    onNote: (text) => checker.note(text),
    onDrained: () => gate.open(),
    onViolation: (error: SallyportError) => failures.push(error.cause ?? error),
    maxFrameBytes: () => 1 << 20,
    maxQueuedBytes: Infinity,
    busy: () => !dead,
  });
  const exited = new Promise<void>((resolve) => thread.once("exit", () => resolve()));
  const timer = fate < 0.4 && fate >= 0.2 ? setTimeout(() => void thread.terminate(), diesAfterMs) : undefined;
  void pump(link, seed, count, gate.wait).catch((thrown: unknown) => failures.push(thrown));

  await exited;
  clearTimeout(timer);
  dead = true;
  await link.handedOn();
  link.close();
  port1.close();
  gate.open();
  expect(failures, `RING_STRESS_SEED=${SEED}, life ${seed}`).toEqual([]);
  if (fate >= 0.4) expect(checker.received, `RING_STRESS_SEED=${SEED}, life ${seed}`).toBe(count);
}

describe(`ring under stress (${SECONDS} s, RING_STRESS_SEED=${SEED})`, () => {
  test.each([["with polling", true], ["without polling", false]])("%s: nothing is lost, doubled or reordered, and a dead side holds nobody up", { timeout: SECONDS * 1000 + 30_000 }, async (_name, poll) => {
    const links = createLinks({ poll });
    const until = Date.now() + (SECONDS * 1000) / 2;
    let lives = 0;
    const line = async (first: number): Promise<void> => {
      for (let seed = first; Date.now() < until; seed += 10) {
        await live(links, seed);
        lives++;
      }
    };
    await Promise.all([line(SEED), line(SEED + 5)]);
    expect(lives).toBeGreaterThan(2);
  });
});
