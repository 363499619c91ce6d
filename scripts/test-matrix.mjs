// `npm run test:matrix [-- --node 24] [-- vitest arguments]`: the suite on other Node versions.
import { spawnSync } from "node:child_process";
import process from "node:process";
import { isVersion, nodeLine } from "./node-line.mjs";

const VERSIONS = ["20", "22", "24", "26"];

function runSuite(version, args) {
  const { binary, exact, env } = nodeLine(version);
  const startedAt = performance.now();
  console.log(`\n=== Node ${exact}`);
  const { status } = spawnSync(binary, ["node_modules/vitest/vitest.mjs", "run", ...args], { env, stdio: ["ignore", "inherit", "inherit"] });
  return { exact, ok: status === 0, seconds: Math.round((performance.now() - startedAt) / 1000) };
}

const args = process.argv.slice(2);
const at = args.indexOf("--node");
const versions = at === -1 ? VERSIONS : (args.splice(at, 2)[1] ?? "").split(",");
if (!versions.every(isVersion)) {
  console.error("--node takes a version or several, as in --node 24 or --node 22,24");
  process.exit(2);
}

const build = spawnSync("npm", ["run", "--silent", "build"], { stdio: ["ignore", "inherit", "inherit"], shell: process.platform === "win32" });
if (build.status !== 0) process.exit(1);

const results = versions.map((version) => runSuite(version, args));
console.log("");
for (const { exact, ok, seconds } of results) console.log(`Node ${exact}: ${ok ? "passed" : "FAILED"} (${seconds} s)`);
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
