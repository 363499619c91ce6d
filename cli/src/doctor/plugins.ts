import { toErrorObject, type ErrorObject } from "@sallyport/bus";
import { chooseAdapter, type Adapter, type Guard, type Profile } from "@sallyport/kernel";
import type { LocatedSpec } from "../config/types.js";
import { isListed } from "../modes.js";
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

export async function reportPlugin({ spec, where }: LocatedSpec, adapters: readonly Adapter[], modes: readonly ModeReport[], signal: AbortSignal): Promise<PluginReport> {
  const wants = spec.sandbox ?? "auto";
  const report = { plugin: spec.name ?? spec.path, where, wants };
  try {
    const name = isListed(spec.mode, adapters) ? spec.mode : (await chooseAdapter(spec, adapters, signal)).adapter.mode;
    const mode = modes.find((each) => each.mode === name);
    if (mode === undefined) return { ...report, problems: [] };
    const asked = Object.keys(spec.limits ?? {}) as Guard[];
    const unkept = asked.filter((limit) => mode.guards[limit] === undefined && !(mode.traits.memory === "separate" && BY_THE_HOST.includes(limit)));
    const problems = [
      ...(wants !== "auto" && RANK[wants] > RANK[mode.profile] ? [problem(`asks for profile '${wants}', and mode ${mode.mode} gives '${mode.profile}' here: it will not start`, ["files"], mode)] : []),
      ...mode.needs.filter(({ found }) => found === undefined).map(({ what, help }): PluginProblem => ({ text: `mode ${mode.mode} needs ${what}, which is not here`, fix: help })),
      ...unkept.map((limit) => problem(`limits.${limit} is not kept in mode ${mode.mode} here`, [limit], mode)),
    ];
    return { ...report, mode: mode.mode, gets: wants === "auto" || RANK[wants] > RANK[mode.profile] ? mode.profile : wants, problems };
  } catch (error) {
    return { ...report, problems: [], error: toErrorObject(error) };
  }
}

function problem(text: string, guards: readonly Guard[], mode: ModeReport): PluginProblem {
  const fix = (mode.remedies.find((remedy) => remedy.guards.some((guard) => guards.includes(guard))) ?? mode.remedies[0])?.help;
  return { text, ...(fix !== undefined && { fix }) };
}
