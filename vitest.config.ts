import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["**/fixtures/**", "**/node_modules/**", "**/dist/**"],
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
