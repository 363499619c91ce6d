// `npm run test:matrix [-- --node 24] [-- vitest arguments]`: the suite on other Node versions. Each comes from
// the npm registry as a package that holds the binary, so a machine that can `npm ci` can run this.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import process from "node:process";

const VERSIONS = ["20", "22", "24", "26"];
const cache = resolve("node_modules/.cache/nodes");

/** Folder of the Node binary of a version, installed there if it is not yet. */
function nodeFolder(version) {
  const home = join(cache, version);
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const binary = join(home, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(binary)) {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "package.json"), '{ "private": true }\n');
    // The package is the binary and nothing else: its scripts are not needed, so they are not run.
    const args = ["install", "--prefix", home, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${version}`];
    const { status, stderr } = spawnSync("npm", args, { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"], shell: process.platform === "win32" });
    if (status !== 0 || !existsSync(binary)) throw new Error(`Node ${version} cannot be installed from the npm registry:\n${stderr}`);
  }
  return dirname(binary);
}

function runSuite(version, args) {
  const folder = nodeFolder(version);
  const node = join(folder, process.platform === "win32" ? "node.exe" : "node");
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
  const exact = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  const startedAt = performance.now();
  console.log(`\n=== Node ${exact}`);
  const { status } = spawnSync(node, ["node_modules/vitest/vitest.mjs", "run", ...args], { env, stdio: ["ignore", "inherit", "inherit"] });
  return { exact, ok: status === 0, seconds: Math.round((performance.now() - startedAt) / 1000) };
}

const args = process.argv.slice(2);
const at = args.indexOf("--node");
const versions = at === -1 ? VERSIONS : (args.splice(at, 2)[1] ?? "").split(",");
if (versions.some((version) => !/^\d+(\.\d+){0,2}$/.test(version))) {
  console.error("--node takes a version or several, as in --node 24 or --node 22,24");
  process.exit(2);
}

const build = spawnSync("npm", ["run", "--silent", "build"], { stdio: ["ignore", "inherit", "inherit"], shell: process.platform === "win32" });
if (build.status !== 0) process.exit(1);

const results = versions.map((version) => runSuite(version, args));
console.log("");
for (const { exact, ok, seconds } of results) console.log(`Node ${exact}: ${ok ? "passed" : "FAILED"} (${seconds} s)`);
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
