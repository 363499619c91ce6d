import process from "node:process";
import { defineConfig } from "vitest/config";

/** What takes long and tries our own tools: `npm run test:slow` runs it, and CI does. */
const SLOW = ["test/architecture/check.test.ts", "test/bench/bench.test.ts"];
/**
 * These start nothing and leave nothing in the process, so one process takes many of them: a fork and its imports cost more
 * than most of them take.
 */
const TOGETHER = [
  ...["architecture", "bridge", "bus", "capnp", "inline", "kernel", "manifest", "peer"].map((folder) => `test/${folder}/*.test.ts`),
  ...["chain", "arguments", "default-deny", "handles", "redaction"].map((name) => `test/authority/${name}.test.ts`),
  ...["frame-bounds", "limits", "lines", "metrics"].map((name) => `test/flow/${name}.test.ts`),
  ...["bench/cells", "bench/profile", "bench/report-html", "child/stderr", "cli/schema", "docs/modes", "docs/security", "fuzz/corpus", "grpc/proto", "oneshot/arguments", "sandbox/seatbelt", "sdk/runtime", "treasury/parsers", "watch/heartbeat", "watch/limits", "websocket/readme"].map((name) => `test/${name}.test.ts`),
];
const NEVER = ["**/fixtures/**", "**/node_modules/**", "**/dist/**", ...(process.env["SLOW_TESTS"] === undefined ? SLOW : [])];

export default defineConfig({
  test: {
    pool: "forks",
    // More than the two cores of a small machine: much of what is tested waits for something.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    teardownTimeout: 10_000,
    globalSetup: ["test/setup.ts"],
    reporters: ["default", "./test/reporter.ts"],
    projects: [
      { extends: true, test: { name: "together", include: TOGETHER, exclude: NEVER, isolate: false } },
      // The others start processes, threads and whole hosts: a fork each keeps what one file leaks away from the others.
      { extends: true, test: { name: "alone", include: ["test/**/*.test.ts"], exclude: [...NEVER, ...TOGETHER] } },
    ],
  },
});
