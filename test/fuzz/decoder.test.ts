import { expect, test } from "vitest";
import { fuzzDecoder } from "./decoder.fuzz.js";
import { fuzzRecords } from "./record.fuzz.js";

// `FUZZ_RUNS=10000000 npx vitest run test/fuzz` for a long run; FUZZ_SEED repeats one.
const runs = Number(process.env["FUZZ_RUNS"] ?? 20_000);
const seed = Number(process.env["FUZZ_SEED"] ?? (process.env["FUZZ_RUNS"] === undefined ? 1 : Date.now() % 2 ** 31));
const MS_PER_RUN = 10;

test.each([
  { what: "json and msgpack", fuzz: fuzzDecoder },
  { what: "record", fuzz: fuzzRecords },
])(`${runs} mutated frames of $what, seed ${seed}: decoded or refused, never anything else`, { timeout: 60_000 + runs * MS_PER_RUN }, ({ fuzz }) => {
  const { accepted, refused } = fuzz({ seed, runs });
  // Mutations that are all refused, or none, would test one half only.
  expect(Math.min(accepted, refused)).toBeGreaterThan(runs / 50);
});
