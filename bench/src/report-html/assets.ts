import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

export interface Assets {
  readonly style: string;
  /** The charting library and the page's own script. */
  readonly scripts: readonly string[];
  /** No request leaves the page, and no script runs in it but these. */
  readonly policy: string;
}

export function readAssets(): Assets {
  // Its exports do not name the bundle for a script element, which stands beside the entry.
  const chart = new URL("chart.umd.min.js", pathToFileURL(createRequire(import.meta.url).resolve("chart.js")));
  // A source map would be asked for by the browser's tools.
  const scripts = [chart, new URL("./client/page.js", import.meta.url)].map((file) => readFileSync(file, "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, ""));
  const hashes = scripts.map((script) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`);
  return {
    style: readFileSync(new URL("../../src/report-html/page.css", import.meta.url), "utf8"),
    scripts,
    policy: `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src ${hashes.join(" ")}`,
  };
}
