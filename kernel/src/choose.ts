import { isSallyportError, LIMIT_NAMES, MAX_LIMITS, SallyportError } from "@sallyport/bus";
import type { Adapter, PluginSource } from "./adapter.js";
import type { PluginSpec, Trust } from "./manifest.js";

const RANK: Readonly<Record<Trust, number>> = { untrusted: 0, reviewed: 1, trusted: 2 };

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

/** The mode for a plugin: the one that the spec names, or the fittest of those that run this kind of entry. */
export async function chooseAdapter(spec: PluginSpec, adapters: readonly Adapter[], signal: AbortSignal): Promise<{ adapter: Adapter; source: PluginSource }> {
  const who = `plugin '${spec.name ?? spec.path}'`;
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
  if (!Object.hasOwn(RANK, trust)) throw new SallyportError("invalid_argument", `${who}: trust is 'untrusted', 'reviewed' or 'trusted'`, { path: "trust" });
  const able: { trust: Trust; adapter: Adapter; source: PluginSource }[] = [];
  for (const adapter of adapters) {
    const source = await inspectBy(adapter, spec, who, signal);
    if (source !== undefined) able.push({ trust: adapter.trust, adapter, source });
  }
  // What it was written for, where that is safe enough; otherwise the cheapest boundary that is.
  const meant = able.find(({ adapter, source }) => adapter.mode === source.manifest?.mode && RANK[adapter.trust] <= RANK[trust]);
  const best = meant ?? fittestMode(able, trust);
  if (best === undefined) {
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
