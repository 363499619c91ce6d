import { isSallyportError } from "@sallyport/bus";
import { chooseAdapter, fittestMode, type Adapter, type Choose, type PluginPolicy, type PluginSource, type PluginSpec, type Trust } from "@sallyport/kernel";
import { durationText, numberText } from "../render/text.js";
import { figuresFor, type Figures } from "./figures.js";
import { costOf, USUAL_PAYLOAD_BYTES } from "./prefer.js";

/** Which mode a plugin of a config gets, and what becomes of the others. */
export interface Explanation {
  readonly plugin: string;
  readonly mode: string;
  readonly trust: Trust;
  readonly why: string;
  readonly modes: readonly ModeRemark[];
  /** When it goes somewhere else by itself; a sentence for each rule. */
  readonly moves: readonly string[];
}

export interface ModeRemark {
  readonly mode: string;
  /** `chosen`, fit as well, asks for more trust, or does not run it here. */
  readonly is: "chosen" | "fit" | "denied" | "unable";
  readonly remark: string;
  /** One call in flight, and what host and plugin together grow by. */
  readonly latencyUs?: number;
  readonly memoryMib?: number;
}

export interface ExplainOptions {
  readonly spec: PluginSpec;
  readonly adapters: readonly Adapter[];
  readonly figures: Figures | undefined;
  readonly choose: Choose;
  readonly signal: AbortSignal;
}

/** Chooses as the kernel does, by its own function. Rejects with what `load` would. */
export async function explain({ spec, adapters, figures, choose, signal }: ExplainOptions): Promise<Explanation> {
  const { adapter: chosen, source } = await chooseAdapter(spec, adapters, signal, choose);
  const trust = spec.trust ?? "untrusted";
  const modes = await Promise.all(adapters.map(async (adapter): Promise<ModeRemark> => {
    const row = figures && figuresFor(figures, adapter.mode, undefined, USUAL_PAYLOAD_BYTES);
    const [latencyUs, memoryMib] = [costOf("latency", row), costOf("memory", row)];
    return { mode: adapter.mode, ...(await remarkOn(adapter, chosen, spec, trust, signal)), ...(latencyUs !== undefined && { latencyUs }), ...(memoryMib !== undefined && { memoryMib }) };
  }));
  return { plugin: spec.name ?? source.name, mode: chosen.mode, trust, why: whyChosen(spec, source, chosen, modes), modes, moves: movesOf(spec.policy) };
}

async function remarkOn(adapter: Adapter, chosen: Adapter, spec: PluginSpec, trust: Trust, signal: AbortSignal): Promise<Pick<ModeRemark, "is" | "remark">> {
  if (adapter === chosen) return { is: "chosen", remark: `stops: ${adapter.traits.stops}` };
  const { mode: _named, ...anyMode } = spec;
  try {
    if ((await adapter.inspect(anyMode, signal)) === undefined) return { is: "unable", remark: `finds nothing to run; it runs: ${adapter.entries.join(", ")}` };
  } catch (error) {
    return { is: "unable", remark: (isSallyportError(error) ? error.message : String(error)).split("\n")[0] ?? "" };
  }
  if (fittestMode([adapter], trust) === undefined) return { is: "denied", remark: `asks for trust '${adapter.trust}'` };
  return { is: "fit", remark: `stops: ${adapter.traits.stops}` };
}

function whyChosen({ mode, policy, trust = "untrusted" }: PluginSpec, { manifest }: PluginSource, chosen: Adapter, modes: readonly ModeRemark[]): string {
  if (mode !== undefined) return "The config names it.";
  const able = modes.filter(({ is }) => is === "chosen" || is === "fit");
  const prefer = policy?.prefer;
  const costs = able.flatMap((each) => {
    const cost = prefer === "memory" ? each.memoryMib : each.latencyUs;
    return prefer === undefined || cost === undefined ? [] : [{ mode: each.mode, cost, text: `${each.mode} ${prefer === "memory" ? `${numberText(cost, 2)} MiB` : durationText(cost)}` }];
  });
  const best = costs.toSorted((a, b) => a.cost - b.cost)[0];
  if (best?.mode === chosen.mode) return `Its policy prefers ${prefer}, and of the modes that run it here and are fit for trust '${trust}' it costs least: ${costs.map(({ text }) => text).join(", ")}.`;
  if (manifest?.mode === chosen.mode) return `It was written for it (manifest), and trust '${trust}' is enough.`;
  if (able.length === 1) return `It is the one mode that runs it here and is fit for trust '${trust}'.`;
  return `Of the modes that run it here and are fit for trust '${trust}' (${able.map((each) => each.mode).join(", ")}) it is the cheapest boundary.`;
}

function movesOf(policy: PluginPolicy | undefined): readonly string[] {
  const { memoryPercent, latencyMs = {}, to, everyMs = 600_000 } = policy?.move ?? {};
  const where = to === undefined ? undefined : `to the first of ${to.join(", ")} that runs it and that it is trusted for`;
  const rules = [
    ...(memoryPercent === undefined ? [] : [`Above ${memoryPercent} % of its memory limit it moves ${where ?? "to a mode whose crash is contained, if it is not in one"}.`]),
    ...Object.entries(latencyMs).map(([method, ms]) => `When ${method} takes longer than ${ms} ms too often it moves ${where ?? "to a mode that the figures say is faster, if there is one"}.`),
  ];
  return rules.length === 0 ? [] : [...rules, `At most once in ${durationText(everyMs * 1000)}, and never back.`];
}
