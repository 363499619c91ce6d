import type { Manifest } from "@sallyport/kernel";
import { diffManifests, promises, reachOf, stepOf, type Change, type Reach } from "./diff.js";

/** Whether a version says as much as what changed under it. */
export interface Verdict {
  /** The plugin's own version, or that of an interface: `interface fx`. */
  readonly of: string;
  readonly before: string;
  readonly now: string;
  readonly step: Reach | "back";
  /** What the changes want. */
  readonly wants: Reach;
  readonly isEnough: boolean;
}

export interface Judged {
  readonly changes: readonly Change[];
  readonly verdicts: readonly Verdict[];
}

/** Compares two manifests, and the steps of their versions with what changed. */
export function judge(before: Manifest, now: Manifest): Judged {
  const changes = diffManifests(before, now);
  const verdict = (of: string, from: string, to: string, concerned: readonly Change[]): Verdict => {
    const wants = reachOf(concerned, from);
    const step = stepOf(from, to);
    return { of, before: from, now: to, step: step ?? "back", wants, isEnough: step !== undefined && promises(step, wants) };
  };
  const interfaces = Object.entries(before.interfaces ?? {}).flatMap(([name, version]) => {
    const to = now.interfaces?.[name];
    return to === undefined ? [] : [verdict(`interface ${name}`, version, to, changes.filter(({ path }) => path === `methods.${name}` || path.startsWith(`methods.${name}.`)))];
  });
  return { changes, verdicts: [verdict("version", before.version, now.version, changes), ...interfaces] };
}

/** In a sentence. */
export function verdictText({ of, before, now, step, wants, isEnough }: Verdict): string {
  const name = of === "version" ? "" : `${of}: `;
  const what: Readonly<Record<Reach, string>> = { none: "nothing changed for others", patch: "nothing changed for others", minor: "there is more than there was", major: "it breaks those who rely on it" };
  if (step === "back") return `${name}${before} to ${now} goes back`;
  const taken = step === "none" ? `${now} again` : `${before} to ${now} is a ${step} step`;
  return `${name}${taken}, and ${what[wants]}${isEnough ? "" : `: a ${wants} step is wanted`}`;
}
