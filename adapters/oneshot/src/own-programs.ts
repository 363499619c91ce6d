import { SallyportError } from "@sallyport/bus";
import type { PluginSource } from "@sallyport/kernel";
import { assertOwnFile, confine } from "@sallyport/manifest";
import { isOwn, type Plan } from "./plan.js";

/** The real paths of those programs that are files of the plugin's folder, by what the manifest calls them. Rejects `invalid_argument`, `permission_denied`. */
export async function ownPrograms({ name, root }: PluginSource, plans: readonly Plan[]): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const { method, program } of plans.filter(isOwn)) {
    const found = await confine(root, program);
    if ("problem" in found) {
      throw new SallyportError("invalid_argument", `plugin '${name}', ${method}: expected a program inside the plugin's folder, got ${found.problem}: ${JSON.stringify(program)}`, {
        plugin: name, path: `modes.oneshot.methods.${method}.run`, help: "Name a file of the plugin (./build.sh), a program on PATH (git), or an absolute path.",
      });
    }
    await assertOwnFile(found.path);
    files.set(program, found.path);
  }
  return files;
}
