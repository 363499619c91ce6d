import process from "node:process";
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

/**
 * Says what did not run and why, after every run, so that a green line never hides it. With CI set a skip fails
 * the run: the machine that decides has every language. Only what a system's kernel may forbid is listed and no failure.
 * A waiver is no skip: the case ran and failed as declared.
 */
export default class SkipReporter implements Reporter {
  #filtered = false;

  onInit(vitest: Vitest): void {
    // `-t` leaves tests out on purpose: nothing to report.
    this.#filtered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const skips = this.#filtered ? new Map<string, Map<string, number>>() : group(tests, (test) => (test.result().state === "skipped" ? [reasonOf(test)] : []));
    print("waived (ran, and failed as declared)", group(tests, (test) => test.annotations().filter((each) => each.type === "waived").map((each) => each.message)));
    print("skipped", skips);
    const counting = [...skips.values()].some((reasons) => [...reasons.keys()].some((reason) => !OF_THE_SYSTEM.test(reason)));
    if (process.env["CI"] === undefined || process.env["CI"] === "false" || !counting) return;
    console.error("CI is set: a skipped test counts as failed.");
    process.exitCode = 1;
  }
}

/** Containers and older kernels have no user namespaces or no Landlock, and nothing that is installed there changes that. */
const OF_THE_SYSTEM = /^no (bubblewrap|landlock) here: /;

function reasonOf(test: TestCase): string {
  const result = test.result();
  return ("note" in result && result.note) || "no reason given";
}

/** By suite, then by reason, how many tests. */
function group(tests: readonly TestCase[], reasons: (test: TestCase) => readonly string[]): Map<string, Map<string, number>> {
  const suites = new Map<string, Map<string, number>>();
  for (const test of tests) {
    const where = test.parent.type === "suite" ? test.parent.fullName : test.module.relativeModuleId;
    for (const reason of reasons(test)) {
      const counts = suites.get(where) ?? new Map<string, number>();
      suites.set(where, counts.set(reason, (counts.get(reason) ?? 0) + 1));
    }
  }
  return suites;
}

function print(title: string, suites: ReadonlyMap<string, ReadonlyMap<string, number>>): void {
  if (suites.size > 0) console.log(`  ${title}:`);
  for (const [where, counts] of suites) {
    for (const [reason, count] of counts) console.log(`    ${where}: ${count === 1 ? "" : `${count} x `}${reason}`);
  }
}
