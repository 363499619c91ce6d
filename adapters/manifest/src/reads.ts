import type { EntryKind, EntrySpec, PlatformBuilds } from "@sallyport/kernel";
import type { Validate } from "./validate.js";

/** What a mode reads of plugins. */
export interface Reads {
  readonly mode: string;
  /** Kinds of entry that it runs; the first is what a build is that the manifest gives for this mode by name. */
  readonly kinds: readonly EntryKind[];
  /** Checks what the manifest says of this mode under `modes.MODE`; it is called only where something is said. */
  readonly settings?: Validate;
  /**
   * `settings`: a plugin is for this mode if its manifest says anything of it under `modes`, and it needs no entry; so with modes
   * whose plugins are no file of their own. `either`: such a plugin too. Default `entry`.
   */
  readonly by?: "entry" | "settings" | "either";
}

/** `linux-x64`: as a manifest names this machine. */
export const PLATFORM = `${process.platform}-${process.arch}`;

/** What a manifest's entry means to one mode: a file and its kind, if that was said; or why there is none. */
export type Build = { readonly file: string; readonly named: boolean } | { readonly missing: string };

/** The build for `mode` on this machine; with no mode, the first one there is. */
export function buildFor(entry: EntrySpec, mode: string | undefined): Build {
  if (typeof entry === "string") return { file: entry, named: false };
  const modes = Object.keys(entry);
  for (const name of mode === undefined ? modes : [mode]) {
    const found = Object.hasOwn(entry, name) ? forThisMachine(entry[name] as string | PlatformBuilds) : undefined;
    if (found !== undefined) return { file: found, named: true };
  }
  const builds = mode === undefined ? undefined : entry[mode];
  return { missing: typeof builds === "object" ? `builds for ${Object.keys(builds).join(", ")}, and none for ${PLATFORM}` : `builds for ${modes.join(", ")}` };
}

function forThisMachine(builds: string | PlatformBuilds): string | undefined {
  if (typeof builds === "string") return builds;
  for (const key of [PLATFORM, process.platform, "*"]) if (Object.hasOwn(builds, key)) return builds[key];
  return undefined;
}

