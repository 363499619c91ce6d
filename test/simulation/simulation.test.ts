import { createPeer } from "@sallyport/bus";
import { expect, it } from "vitest";
import { simulateKernel } from "./kernel.js";
import { simulatePeers } from "./peers.js";

const EPISODE_STEPS = 300;
/** Of all steps, those of the kernel: one of them costs as much as several of the peers. */
const KERNEL_SHARE = 0.25;
// SIMULATION_STEPS=1000000 for a long run; SIMULATION_SEED plays the one episode that it names.
const steps = Number(process.env["SIMULATION_STEPS"] ?? 60_000);
const fixed = process.env["SIMULATION_SEED"];
const first = fixed === undefined ? (process.env["SIMULATION_STEPS"] === undefined ? 1 : Date.now() % 2 ** 31) : Number(fixed);
const episodesOf = (share: number): number => (fixed === undefined ? Math.ceil((steps * share) / EPISODE_STEPS) : 1);
const HOUR_MS = 3_600_000;

const peers = episodesOf(1 - KERNEL_SHARE);
it(`${peers} episodes of two peers, from seed ${first}: one outcome a call, no credit lost or made, nothing left`, async () => {
  for (let i = 0; i < peers; i++) await simulatePeers({ createPeer, seed: first + i, steps: EPISODE_STEPS });
}, HOUR_MS);

const kernels = episodesOf(KERNEL_SHARE);
it(`${kernels} episodes of a kernel, from seed ${first}: one outcome a call, in time, legal lives, nothing left`, async () => {
  const sum = { calls: 0, crashes: 0, breakers: 0, moves: 0, outcomes: {} as Record<string, number> };
  for (let i = 0; i < kernels; i++) {
    const one = await simulateKernel({ seed: first + i, steps: EPISODE_STEPS });
    sum.calls += one.calls;
    sum.crashes += one.crashes;
    sum.moves += one.moves;
    sum.breakers += one.breakers;
    for (const [code, n] of Object.entries(one.outcomes)) sum.outcomes[code] = (sum.outcomes[code] ?? 0) + n;
  }
  if (process.env["SIMULATION_SHOW"] !== undefined) console.log(sum);
  // A simulation in which nothing happens shows nothing.
  if (kernels > 10) expect(Math.min(sum.crashes, sum.breakers, sum.moves, sum.outcomes["ok"] ?? 0, sum.outcomes["plugin_crashed"] ?? 0, sum.outcomes["deadline_exceeded"] ?? 0, sum.outcomes["busy"] ?? 0)).toBeGreaterThan(0);
}, HOUR_MS);
