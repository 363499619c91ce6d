// `npm run check [-- NAME...]`: what has to hold beside the tests. Each check names the file that breaks it.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const bin = (name, ...args) => () => {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [join("node_modules", ...binOf(name)), ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return { ok: status === 0, output: error?.message ?? `${stdout}${stderr}` };
};

function binOf(name) {
  const { bin: bins } = JSON.parse(readFileSync(join("node_modules", name, "package.json"), "utf8"));
  const file = typeof bins === "string" ? bins : (bins[name] ?? bins.tsc);
  return [name, file];
}

/** Folders of the packages that are published. */
function packages() {
  const { workspaces } = JSON.parse(readFileSync("package.json", "utf8"));
  const folders = workspaces.flatMap((entry) => (entry.endsWith("/*") ? readdirSync(entry.slice(0, -2)).map((name) => join(entry.slice(0, -2), name)) : [entry]));
  return folders.filter((folder) => {
    try {
      return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).private !== true;
    } catch {
      return false; // a README beside the packages
    }
  });
}

async function published() {
  const problems = [];
  for (const folder of packages()) {
    const { messages, pkg } = await publint({ pkgDir: folder, pack: false, strict: true });
    for (const message of messages) if (message.type !== "suggestion") problems.push(`${folder}/package.json: ${formatMessage(message, pkg, { color: false })}`);
  }
  return { ok: problems.length === 0, output: problems.join("\n") };
}

const CHECKS = {
  types: bin("typescript", "-b", ".", "test"),
  lint: bin("oxlint"),
  unused: bin("knip", "--no-config-hints"),
  packages: published,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(CHECKS, name));
if (unknown.length > 0) {
  console.error(`There is no check '${unknown.join("', '")}'; there are ${Object.keys(CHECKS).join(", ")}.`);
  process.exit(2);
}

let failed = 0;
for (const [name, run] of Object.entries(CHECKS).filter(([each]) => wanted.length === 0 || wanted.includes(each))) {
  const startedAt = performance.now();
  const { ok, output } = await run();
  if (!ok) failed += 1;
  if (!ok) console.log(output.trimEnd());
  console.log(`check ${name}: ${ok ? "ok" : "FAILED"} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
}
process.exitCode = failed === 0 ? 0 : 1;
