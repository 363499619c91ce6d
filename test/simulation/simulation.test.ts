import { createPeer } from "@sallyport/bus";
import { expect, it } from "vitest";
import { simulatePeers } from "./peers.js";

const EPISODE_STEPS = 300;
// SIMULATION_STEPS=1000000 for a long run; SIMULATION_SEED plays the one episode that it names.
const steps = Number(process.env["SIMULATION_STEPS"] ?? 100_000);
const fixed = process.env["SIMULATION_SEED"];
const first = fixed === undefined ? (process.env["SIMULATION_STEPS"] === undefined ? 1 : Date.now() % 2 ** 31) : Number(fixed);
const episodes = fixed === undefined ? Math.ceil(steps / EPISODE_STEPS) : 1;

it(`${episodes} episodes of two peers, from seed ${first}: one outcome a call, no credit lost or made, nothing left`, async () => {
  for (let i = 0; i < episodes; i++) await simulatePeers({ createPeer, seed: first + i, steps: EPISODE_STEPS });
  expect(episodes).toBeGreaterThan(0);
}, 600_000);
