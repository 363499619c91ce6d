import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Patch } from "./layers.js";

const PACKAGES = "node_modules/@sallyport";
/** The package that knows every mode. */
const WHOLE = "sallyport";
/** What of a package is part of a run. */
const PARTS = new Set(["dist", "schema", "scripts", "module", "program", "package.json"]);

/** The built packages once more, with some text replaced: a product without one of its layers. */
export interface Tree extends Disposable {
  readonly host: string;
}

/** Throws when a patch does not fit, so that a layer never counts as switched off when it was not. */
export function makeTree(patches: readonly Patch[]): Tree {
  const modules = findModules();
  const root = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-layers-")));
  try {
    mkdirSync(join(root, PACKAGES), { recursive: true });
    for (const name of readdirSync(modules)) if (name !== "@sallyport" && name !== WHOLE && !name.startsWith(".")) symlinkSync(join(modules, name), join(root, "node_modules", name));
    // Beside node_modules, where the bundler does not read a tsconfig.json.
    const copies = join(root, "packages");
    mkdirSync(copies);
    for (const name of readdirSync(join(modules, "@sallyport"))) {
      copyPackage(realpathSync(join(modules, "@sallyport", name)), join(copies, name));
      symlinkSync(join(copies, name), join(root, PACKAGES, name));
    }
    copyPackage(realpathSync(join(modules, WHOLE)), join(copies, WHOLE));
    symlinkSync(join(copies, WHOLE), join(root, "node_modules", WHOLE));
    for (const patch of patches) apply(patch, join(copies, patch.file));
    if (patches.some(({ file }) => file.startsWith("guest/") || file.startsWith("bus/"))) rebundle(join(copies, "guest"));
    return { host: join(copies, "gauntlet/dist/host/main.js"), [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
  } catch (error) {
    rmSync(root, { recursive: true, force: true });
    throw error;
  }
}

/** Whether a patch fits the packages as they are built. */
export function fits({ file, from }: Patch): boolean {
  return readFileSync(join(findModules(), "@sallyport", file), "utf8").split(from).length === 2;
}

function apply(patch: Patch, path: string): void {
  const text = readFileSync(path, "utf8");
  if (text.split(patch.from).length !== 2) throw new Error(`the patch of ${patch.file} does not fit any more: ${JSON.stringify(patch.from)} is not in it exactly once. Correct test/gauntlet/src/layers/layers.ts.`);
  writeFileSync(path, text.replace(patch.from, () => patch.to));
}

function copyPackage(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) if (PARTS.has(name)) cpSync(join(from, name), join(to, name), { recursive: true });
}

/** What threads and children run is one file, made from the packages. */
function rebundle(guest: string): void {
  rmSync(join(guest, "dist/bundles.json"));
  // The bundler reads from it that the sources are strict, which SES insists on.
  writeFileSync(join(guest, "tsconfig.json"), '{ "compilerOptions": { "strict": true } }');
  execFileSync(process.execPath, [join(findModules(), "../scripts/bundle.mjs"), guest], { stdio: "ignore" });
}

function findModules(): string {
  let folder = fileURLToPath(new URL("../../", import.meta.url));
  while (!existsSync(join(folder, PACKAGES, "kernel"))) folder = join(folder, "..");
  return join(folder, "node_modules");
}
