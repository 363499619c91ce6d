import { toErrorObject, type ErrorObject } from "@sallyport/bus";
import { fittestMode, type Guard, type Profile } from "@sallyport/kernel";
import { readPlugin } from "@sallyport/manifest";
import type { LocatedSpec } from "../config/types.js";
import { BY_THE_HOST, type ModeReport } from "./modes.js";

/** What one plugin of the config asks for, and what it would get here. */
export interface PluginReport {
  readonly plugin: string;
  readonly where: string;
  readonly mode?: string;
  /** `auto` unless the config names one. */
  readonly wants: string;
  readonly gets?: Profile;
  readonly problems: readonly PluginProblem[];
  readonly error?: ErrorObject;
}

export interface PluginProblem {
  readonly text: string;
  readonly fix?: string;
}

const RANK: Readonly<Record<Profile, number>> = { none: 0, limits: 1, strict: 2 };

export async function reportPlugin({ spec, where }: LocatedSpec, modes: readonly ModeReport[], signal: AbortSignal): Promise<PluginReport> {
  const wants = spec.sandbox ?? "auto";
  const report = { plugin: spec.name ?? spec.path, where, wants };
  try {
    const mode = spec.mode === undefined ? await chosen(spec, modes, signal) : modes.find((each) => each.mode === spec.mode);
    if (mode === undefined) return { ...report, ...(spec.mode !== undefined && { mode: spec.mode }), problems: [] };
    const asked = Object.keys(spec.limits ?? {}) as Guard[];
    const unkept = asked.filter((limit) => mode.guards[limit] === undefined && !(mode.traits.memory === "separate" && BY_THE_HOST.includes(limit)));
    const problems = [
      ...(wants !== "auto" && RANK[wants] > RANK[mode.profile] ? [problem(`asks for profile '${wants}', and mode ${mode.mode} gives '${mode.profile}' here: it will not start`, ["files"], mode)] : []),
      ...unkept.map((limit) => problem(`limits.${limit} is not kept in mode ${mode.mode} here`, [limit], mode)),
    ];
    return { ...report, mode: mode.mode, gets: wants === "auto" || RANK[wants] > RANK[mode.profile] ? mode.profile : wants, problems };
  } catch (error) {
    return { ...report, problems: [], error: toErrorObject(error) };
  }
}

async function chosen(spec: LocatedSpec["spec"], modes: readonly ModeReport[], signal: AbortSignal): Promise<ModeReport | undefined> {
  const source = await readPlugin(spec, signal);
  return source && fittestMode(modes.filter((mode) => mode.entries.includes(source.kind)), spec.trust ?? "untrusted");
}

function problem(text: string, guards: readonly Guard[], mode: ModeReport): PluginProblem {
  const fix = (mode.remedies.find((remedy) => remedy.guards.some((guard) => guards.includes(guard))) ?? mode.remedies[0])?.help;
  return { text, ...(fix !== undefined && { fix }) };
}
