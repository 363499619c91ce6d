// `node scripts/count.mjs FOLDER`: adds up the vitest reports (*.json) and step outcomes (*.step) of one CI run.
// The last line is `N passed, N failed`; exit code 1 if anything failed.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const folder = process.argv[2] ?? ".";
const files = readdirSync(folder).sort();
let passed = 0;
let failed = 0;

for (const file of files.filter((name) => name.endsWith(".json"))) {
  const { testResults } = JSON.parse(readFileSync(join(folder, file), "utf8"));
  const cases = testResults.flatMap((result) => result.assertionResults);
  const count = (...states) => cases.filter((each) => states.includes(each.status)).length;
  const skipped = count("skipped", "pending", "todo", "disabled");
  // A file that cannot be loaded has no cases, and has failed all the same.
  const broken = testResults.filter((result) => result.status === "failed" && !result.assertionResults.some((each) => each.status === "failed")).length;
  passed += count("passed");
  // Whether a skip is a failure is decided where its reason is known: by the reporter, which fails the step then.
  failed += count("failed") + broken;
  console.log(`${file.slice(0, -".json".length)}: ${count("passed")} passed, ${count("failed") + broken} failed, ${skipped} skipped`);
}

for (const file of files.filter((name) => name.endsWith(".step"))) {
  const name = file.slice(0, -".step".length);
  const ok = readFileSync(join(folder, file), "utf8").trim() === "passed";
  // A failed step whose cases failed is already counted by them; it counts once more as itself, never less.
  if (ok) passed += 1;
  else failed += 1;
  if (!ok) console.log(`${name}: FAILED`);
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
