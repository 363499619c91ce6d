// `npm run on-node -- 26 npm run bench -- --quick`: a command of this repository on another line of Node.
import { spawnSync } from "node:child_process";
import process from "node:process";
import { isVersion, nodeLine } from "./node-line.mjs";

const [version = "", command, ...args] = process.argv.slice(2);
if (!isVersion(version) || command === undefined) {
  console.error("on-node takes a version and a command, as in: npm run on-node -- 26 npm run bench -- --quick");
  process.exit(2);
}
const { exact, env } = nodeLine(version);
console.log(`=== Node ${exact}`);
const { status } = spawnSync(command, args, { env, stdio: "inherit", shell: process.platform === "win32" });
process.exitCode = status ?? 1;
