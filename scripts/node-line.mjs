// Another line of Node, from the npm registry as a package that holds the binary: what can `npm ci` can run it.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import process from "node:process";

const cache = resolve("node_modules/.cache/nodes");
const isWindows = process.platform === "win32";

/** Whether it can be asked for: `24`, `22.13.0`. */
export function isVersion(text) {
  return /^\d+(\.\d+){0,2}$/.test(text);
}

/** The binary of a version, installed if it is not yet, and an environment in which it is the first `node` of the path. */
export function nodeLine(version) {
  const home = join(cache, version);
  const name = `node-${isWindows ? "win" : process.platform}-${process.arch}`;
  const folder = join(home, "node_modules", name, "bin");
  const binary = join(folder, isWindows ? "node.exe" : "node");
  if (!existsSync(binary)) {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "package.json"), '{ "private": true }\n');
    // The package is the binary and nothing else: its scripts are not needed, so they are not run.
    const args = ["install", "--prefix", home, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${version}`];
    const { status, stderr } = spawnSync("npm", args, { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"], shell: isWindows });
    if (status !== 0 || !existsSync(binary)) throw new Error(`Node ${version} cannot be installed from the npm registry:\n${stderr}`);
  }
  const exact = spawnSync(binary, ["--version"], { encoding: "utf8" }).stdout.trim();
  return { binary, exact, env: { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` } };
}
