import { isSallyportError, LIMIT_NAMES, MAX_LIMITS, SallyportError } from "@sallyport/bus";
import type { Adapter, PluginSource } from "./adapter.js";
import type { Choose, ModeCandidate as Candidate } from "./api.js";
import type { PluginSpec, Trust } from "./manifest.js";

const RANK: Readonly<Record<Trust, number>> = { untrusted: 0, reviewed: 1, trusted: 2 };

export function isTrust(text: unknown): text is Trust {
  return typeof text === "string" && Object.hasOwn(RANK, text);
}

/** Whether code of this trust has as much as is asked for. */
export function trusts(has: Trust, asked: Trust): boolean {
  return RANK[asked] <= RANK[has];
}

/**
 * Of some modes the one that asks for the most trust the plugin has: the cheapest boundary that is still fit for it;
 * the first of equals. `undefined`: each asks for more.
 */
export function fittestMode<M extends { readonly trust: Trust }>(modes: readonly M[], trust: Trust): M | undefined {
  let best: M | undefined;
  for (const mode of modes) {
    if (RANK[mode.trust] > RANK[trust]) continue;
    if (best === undefined || RANK[mode.trust] > RANK[best.trust]) best = mode;
  }
  return best;
}

export type { Candidate };

/** A mode that found something to run. */
export interface Able { readonly adapter: Adapter; readonly source: PluginSource }

export function candidateOf({ adapter: { mode, trust, traits }, source: { kind } }: Able): Candidate {
  return { mode, trust, traits, kind };
}

/** What keeps one mode from a plugin that another one may run all the same: a build that is not there, one that the system does not execute. */
const MODE_S_OWN: ReadonlySet<string> = new Set(["invalid_argument", "not_found", "spawn_failed"]);

/** The modes that run a plugin here, and what the others failed with. Throws what concerns all of them. */
export async function runnable(spec: PluginSpec, adapters: readonly Adapter[], signal: AbortSignal): Promise<{ readonly able: readonly Able[]; readonly failed: readonly SallyportError[] }> {
  const able: Able[] = [];
  const failed: SallyportError[] = [];
  for (const adapter of adapters) {
    try {
      const source = await inspectBy(adapter, spec, whoOf(spec), signal);
      if (source !== undefined) able.push({ adapter, source });
    } catch (error) {
      if (!isSallyportError(error) || !MODE_S_OWN.has(error.code)) throw error;
      failed.push(error);
    }
  }
  return { able, failed };
}

function whoOf({ name, path }: PluginSpec): string {
  return `plugin '${name ?? path}'`;
}

/** The mode for a plugin: the one that the spec names, or one of those that run it here and that it is trusted for: the one that suits its policy, that it was written for, or the fittest. */
export async function chooseAdapter(spec: PluginSpec, adapters: readonly Adapter[], signal: AbortSignal, choose?: Choose): Promise<Able> {
  const who = whoOf(spec);
  if (typeof spec.path !== "string" || spec.path === "") throw new SallyportError("invalid_argument", `${who} has no path`, { path: "path" });
  checkLimits(spec, who);
  const modes = adapters.map((adapter) => adapter.mode).join(", ");
  if (spec.mode !== undefined) {
    const adapter = adapters.find((one) => one.mode === spec.mode);
    if (adapter === undefined) throw new SallyportError("invalid_argument", `${who}: there is no mode '${spec.mode}'`, { path: "mode", help: `This kernel has: ${modes}.` });
    const source = await inspectBy(adapter, spec, who, signal);
    if (source === undefined) throw new SallyportError("invalid_argument", `${who}: '${spec.path}' holds nothing that mode '${spec.mode}' runs`, { path: "mode", help: `'${spec.mode}' runs: ${adapter.entries.join(", ")}.` });
    return { adapter, source };
  }
  const trust = spec.trust ?? "untrusted";
  if (!isTrust(trust)) throw new SallyportError("invalid_argument", `${who}: trust is 'untrusted', 'reviewed' or 'trusted'`, { path: "trust" });
  const { able, failed } = await runnable(spec, adapters, signal);
  const fit = able.filter(({ adapter }) => trusts(trust, adapter.trust));
  const prefer = spec.policy?.prefer;
  const suits = prefer === undefined ? undefined : choose?.(fit.map(candidateOf), { plugin: spec.name ?? fit[0]?.source.name ?? spec.path, prefer });
  // What suits best, or what it was written for; otherwise the cheapest boundary that is safe enough.
  const meant = fit.find(({ adapter }) => adapter.mode === suits) ?? fit.find(({ adapter, source }) => adapter.mode === source.manifest?.mode);
  const cheapest = fittestMode(fit.map(({ adapter }) => adapter), trust);
  const best = meant ?? fit.find(({ adapter }) => adapter === cheapest);
  if (best === undefined) {
    if (able.length === 0 && failed[0] !== undefined) throw failed[0];
    const runs = able.map(({ adapter }) => `${adapter.mode} (needs trust '${adapter.trust}')`).join(", ");
    throw new SallyportError("invalid_argument", `${who}: no mode here runs '${spec.path}'`, { path: "path", help: runs ? `Fit for it with more trust: ${runs}.` : `This kernel has: ${modes}. An executable needs its x bit (chmod +x).` });
  }
  return best;
}

/** What an adapter did not foresee (a disk that fails, no descriptor left) has a code all the same. */
export async function inspectBy(adapter: Adapter, spec: PluginSpec, who: string, signal: AbortSignal): Promise<PluginSource | undefined> {
  try {
    return await adapter.inspect(spec, signal);
  } catch (cause) {
    if (isSallyportError(cause)) throw cause;
    throw new SallyportError("internal", `${who} cannot be looked at by mode '${adapter.mode}': ${(cause as Error)?.message ?? String(cause)}`, { cause, source: "host" });
  }
}

function checkLimits(spec: PluginSpec, who: string): void {
  for (const [name, value] of Object.entries(spec.limits ?? {})) {
    const max = (MAX_LIMITS as unknown as Record<string, number>)[name];
    if (max === undefined) throw new SallyportError("invalid_argument", `${who}: there is no limit '${name}'`, { path: `limits.${name}`, help: `Limits are: ${LIMIT_NAMES.join(", ")}.` });
    if (!Number.isSafeInteger(value) || value < 1 || value > max) throw new SallyportError("invalid_argument", `${who}: limits.${name} is an integer from 1 to ${max}, got ${JSON.stringify(value)}`, { path: `limits.${name}` });
  }
}
