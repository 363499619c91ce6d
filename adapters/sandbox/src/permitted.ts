import { resolve } from "node:path";
import { SallyportError } from "@sallyport/bus";
import { real } from "./system.js";

const NEVER = ["/proc", "/dev"];

/**
 * The files and folders of a permission. One that leads through a link is refused: whoever may write the folder of the link,
 * such as the plugin itself, would choose what is opened.
 */
export function permittedPaths(plugin: string, field: "read" | "write", paths: readonly string[] = [], root: string): readonly string[] {
  return paths.map((given, i) => {
    const path = resolve(root, given);
    const at = { plugin, path: `permissions.${field}[${i}]` };
    if (NEVER.some((folder) => path === folder || path.startsWith(`${folder}/`))) {
      throw new SallyportError("invalid_argument", `'${plugin}' asks for ${path}, and every plugin has its own ${path.slice(0, 5)}`, { ...at, help: "Leave it out." });
    }
    const really = real(path);
    if (really === undefined) throw new SallyportError("not_found", `'${plugin}' may ${field} ${path}, which does not exist`, { ...at, help: field === "write" ? `Run: mkdir -p ${path}` : "Create it, or leave it out." });
    if (really !== path) throw new SallyportError("invalid_argument", `'${plugin}' may ${field} ${path}, which leads through a link to ${really}`, { ...at, help: `Write ${really} instead, if that is what is meant.` });
    return path;
  });
}
