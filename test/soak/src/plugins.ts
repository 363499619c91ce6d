import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { PluginSpec } from "@sallyport/kernel";

/** A plugin of the soak test. */
export interface Cast {
  readonly name: string;
  readonly spec: PluginSpec;
  /** `steady`: never attacked, whatever happens to others. `wild`: attacks and is attacked. */
  readonly role: "steady" | "wild";
}

const GRANTS = ["call:host.*", "call:steady_process.*", "publish:soak.*", "subscribe:soak.*"] as const;
const MODES = ["worker", "process", "stdio"] as const;
/** They are killed all the time: a breaker that opens for half a minute would be most of the test. */
const RESTART = { backoffMs: 20, maxBackoffMs: 200, crashes: 1000, windowMs: 10_000, cooldownMs: 500, quarantineAfter: 1_000_000 };

/** Writes the plugins from the template beside the built files, where their imports are found. */
export function writePlugins(): readonly Cast[] {
  const template = readFileSync(new URL("../plugins/template.js", import.meta.url), "utf8");
  const cast: Cast[] = [];
  for (const role of ["steady", "wild"] as const) {
    for (const mode of MODES) {
      const name = `${role}_${mode}`;
      const folder = new URL(`plugins/${name}/`, import.meta.url);
      mkdirSync(folder, { recursive: true });
      const text = template.replaceAll("NAME", name);
      const at = (file: string): string => fileURLToPath(new URL(file, folder));
      writeFileSync(at("index.js"), text);
      if (mode === "stdio") {
        writeFileSync(at("main"), `#!/usr/bin/env node\nimport { serve } from "@sallyport/plugin";\nimport plugin from "./index.js";\nserve(plugin);\n`);
        chmodSync(at("main"), 0o755);
      }
      // No type but that of this folder: its nearest package.json says nothing.
      writeFileSync(at("package.json"), JSON.stringify({ name, version: "1.0.0", type: "module", main: "index.js" }));
      cast.push({
        name, role,
        spec: {
          path: mode === "stdio" ? at("main") : fileURLToPath(folder), name, mode, restart: RESTART, grants: GRANTS,
          // Its imports lie in the packages of this repository.
          ...(mode === "stdio" && { permissions: { read: [fileURLToPath(new URL("../../../", import.meta.url))] } }),
          ...(mode === "worker" && { trust: "reviewed" as const }),
          // A small heap and short deadlines: what goes wrong, goes wrong soon.
          limits: { deadlineMs: 5000, memoryMb: 128, ...(role === "wild" && { logLines: 200 }) },
        },
      });
    }
  }
  return cast;
}
