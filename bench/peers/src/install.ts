import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Entry } from "./contenders.js";

const ROOT = new URL("../", import.meta.url);
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

/** Installs what the lock file says, unless it is there. No install script runs: some would download from elsewhere. */
export function install(entries: readonly Entry[]): void {
  if (entries.every(({ packages }) => packages.length === 0) || isInstalled()) return;
  console.error("bench:peers: installing the contenders into bench/peers/node_modules (npm ci --ignore-scripts)");
  const { status, error } = spawnSync(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: fileURLToPath(ROOT), stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  if (status !== 0) throw new Error(`The contenders cannot be installed (${error?.message ?? `npm ended with ${status}`}). Is the npm registry reachable? Without it: --only fork-json,fork-advanced,process,c`);
}

/** npm writes its own lock file last. */
function isInstalled(): boolean {
  const installed = statSync(new URL("node_modules/.package-lock.json", ROOT), { throwIfNoEntry: false });
  return installed !== undefined && installed.mtimeMs >= statSync(new URL("package-lock.json", ROOT)).mtimeMs;
}

/** Of the contenders' packages, as installed. */
export function installedVersions(entries: readonly Entry[]): Readonly<Record<string, string>> {
  const names = new Set(entries.flatMap(({ packages }) => packages));
  return Object.fromEntries(
    [...names].flatMap((name) => {
      try {
        const { version } = JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, ROOT), "utf8")) as { readonly version: string };
        return [[name, version]];
      } catch {
        return []; // an optional one that this platform does not take
      }
    }),
  );
}
