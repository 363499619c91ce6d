// Writes schema/sallyport.{js,d.ts} from schema/sallyport.capnp: `node adapters/capnp/scripts/generate.mjs`, needs Debian's capnproto and
// the npm registry. The compiler of capnp-es is installed into a folder of its own, since it needs an older TypeScript than ours.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const schema = fileURLToPath(new URL("../schema/", import.meta.url));
const { dependencies } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const work = mkdtempSync(join(tmpdir(), "sallyport-capnp-"));
try {
  writeFileSync(join(work, "package.json"), "{}");
  copyFileSync(join(schema, "sallyport.capnp"), join(work, "sallyport.capnp"));
  execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", `capnp-es@${dependencies["capnp-es"]}`, "typescript@5.9.3"], { cwd: work, stdio: "inherit" });
  execFileSync(join(work, "node_modules", ".bin", "capnp-es"), ["-ojs,dts", "sallyport.capnp"], { cwd: work, stdio: "inherit" });
  for (const name of ["sallyport.js", "sallyport.d.ts"]) writeFileSync(join(schema, name), `/* oxlint-disable */\n${readFileSync(join(work, name), "utf8")}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
