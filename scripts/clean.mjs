// `npm run clean`: removes everything that a build or a test run makes. Dependencies stay.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const GENERATED = /^(dist|build|target|__pycache__|.*\.tsbuildinfo)$/;

function clean(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.name === "node_modules" || entry.name === ".git") continue;
    if (GENERATED.test(entry.name)) rmSync(path, { recursive: true, force: true });
    else if (entry.isDirectory()) clean(path);
  }
}

clean(".");
rmSync("node_modules/.cache", { recursive: true, force: true });
