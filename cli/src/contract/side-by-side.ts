import type { Manifest } from "@sallyport/kernel";
import { judge, verdictText, type Verdict } from "./judge.js";

/** Two plugins of a config that are versions of one, and a version that says less than what changed. */
export interface Flagged extends Verdict {
  readonly plugins: readonly [older: string, newer: string];
  readonly text: string;
}

/** Plugins of one manifest name, each compared with the next newer one. */
export function flaggedVersions(found: ReadonlyMap<string, Manifest>): readonly Flagged[] {
  const byName = new Map<string, [plugin: string, manifest: Manifest][]>();
  for (const [plugin, manifest] of found) byName.set(manifest.name, [...(byName.get(manifest.name) ?? []), [plugin, manifest]]);
  return [...byName.values()].flatMap((versions) => {
    const sorted = versions.toSorted(([, a], [, b]) => a.version.localeCompare(b.version, "en", { numeric: true }));
    return sorted.slice(1).flatMap(([newer, now], i): Flagged[] => {
      const [older, before] = sorted[i] as [string, Manifest];
      // The same plugin loaded twice is no second version.
      if (before.version === now.version) return [];
      return judge(before, now).verdicts.filter(({ isEnough }) => !isEnough).map((verdict) => ({ ...verdict, plugins: [older, newer], text: verdictText(verdict) }));
    });
  });
}
