import process from "node:process";
import { defineConfig } from "vitest/config";

/** What takes long and tries our own tools: `npm run test:slow` runs it, and CI does. */
const SLOW = ["test/architecture/check.test.ts", "test/bench/bench.test.ts"];

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["**/fixtures/**", "**/node_modules/**", "**/dist/**", ...(process.env["SLOW_TESTS"] === undefined ? SLOW : [])],
    // Tests start processes, threads and whole hosts: a fork each keeps what one file leaks away from the others.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
    globalSetup: ["test/setup.ts"],
    reporters: ["default", "./test/reporter.ts"],
  },
});
