import { fittestMode, type Trust } from "@sallyport/kernel";
import { numberText } from "../render/text.js";
import { latencyRemarks, payloadCautions } from "./budget.js";
import { figuresFor, type Figures, type ModeFigures } from "./figures.js";
import type { ModeFacts } from "./modes.js";
import { chooseBy, costOf, USUAL_PAYLOAD_BYTES } from "./prefer.js";

export interface Situation {
  readonly trust: Trust;
  /** Modes that can run the plugin. */
  readonly modes: readonly ModeFacts[];
  /** For messages and for the figures of stdio; `undefined`: whatever the plugin is written in. */
  readonly lang?: string;
  /** Longest that one call should take. */
  readonly latencyMs?: number;
  readonly payloadBytes?: number;
  readonly figures?: Figures;
  /** As a policy has it: of the modes that are fit, the one that costs least of this. */
  readonly prefer?: "latency" | "memory";
}

/** A mode and why: trust decides, figures only tell what it costs. */
export interface Advice {
  readonly mode: string;
  readonly trust: Trust;
  readonly why: readonly string[];
  /** What the choice does not give. */
  readonly cautions: readonly string[];
  readonly stops: string;
  readonly costs: string;
  readonly figures: ModeFigures | undefined;
  readonly others: readonly Other[];
}

export interface Other {
  readonly mode: string;
  /** The trust that it asks for, where the plugin has less. */
  readonly needs?: Trust;
  readonly remark: string;
}

const LOOKED_AT: Readonly<Record<Trust, string>> = {
  untrusted: "nobody has reviewed the code (untrusted)",
  reviewed: "somebody you trust has read the code (reviewed)",
  trusted: "the code is as good as your own (trusted)",
};

/** `undefined`: every mode that runs the plugin asks for more trust. */
export function advise(situation: Situation): Advice | undefined {
  const { trust, modes, lang, figures, payloadBytes = USUAL_PAYLOAD_BYTES } = situation;
  const fittest = fittestMode(modes, trust);
  if (fittest === undefined) return undefined;
  const preferred = preferredMode(situation);
  const mode = preferred ?? fittest;
  const rowOf = (name: string): ModeFigures | undefined => figures && figuresFor(figures, name, lang, payloadBytes);
  const row = rowOf(mode.mode);
  const latency = latencyRemarks(situation.latencyMs, row, figures !== undefined);
  const isFit = (each: ModeFacts): boolean => fittestMode([each], trust) !== undefined;
  return {
    mode: mode.mode,
    trust,
    why: [preferred === undefined ? whyMode(situation) : whyPreferred(situation, rowOf), ...latency.why],
    cautions: [...boundaryCautions(mode, trust, modes), ...latency.cautions, ...(mode.traits.copies ? payloadCautions(payloadBytes) : [])],
    stops: mode.traits.stops,
    costs: mode.traits.costs,
    figures: row,
    others: modes.filter((each) => each.mode !== mode.mode).map((each) => other(each, isFit(each), row, rowOf(each.mode))),
  };
}

function preferredMode({ trust, modes, prefer, figures }: Situation): ModeFacts | undefined {
  const fit = modes.filter((each) => fittestMode([each], trust) !== undefined);
  const name = prefer === undefined ? undefined : chooseBy(() => figures)(fit.map((each) => ({ ...each, kind: each.entries[0] ?? "" })), { plugin: "", prefer });
  return fit.find(({ mode }) => mode === name);
}

function whyPreferred({ trust, modes, prefer = "latency" }: Situation, rowOf: (mode: string) => ModeFigures | undefined): string {
  const unit = prefer === "latency" ? "µs a call" : "MiB";
  const costs = modes.filter((each) => fittestMode([each], trust) !== undefined).flatMap(({ mode }) => {
    const cost = costOf(prefer, rowOf(mode));
    return cost === undefined ? [] : [`${mode} ${numberText(cost, 2)} ${unit}`];
  });
  return `Of the modes that run it and are fit where ${LOOKED_AT[trust]}, it costs least ${prefer}: ${costs.join(", ")}.`;
}

function whyMode({ trust, modes, lang }: Situation): string {
  const what = lang === undefined ? "this plugin" : `a plugin in ${lang}`;
  if (modes.length === 1) return `It is the one mode that runs ${what}; ${LOOKED_AT[trust]}.`;
  return `Of the modes that run ${what} (${modes.map((each) => each.mode).join(", ")}) it is the cheapest that is fit where ${LOOKED_AT[trust]}.`;
}

function boundaryCautions({ mode, traits }: ModeFacts, trust: Trust, modes: readonly ModeFacts[]): readonly string[] {
  if (traits.memory === "shared") return ["Nothing contains it: it shares the program's memory and rights."];
  const cautions: string[] = [];
  if (traits.authority === "ambient") {
    cautions.push(`Without a system sandbox ${mode} is not a security boundary: the plugin runs with your own rights and can read your files and use the network.`);
    if (trust === "untrusted") cautions.push(`For code that nobody has reviewed ask for one (profile strict, which \`sallyport doctor\` says whether this machine has, for example by bubblewrap), or take ${closed(modes)}.`);
  }
  if (traits.crash === "fatal") cautions.push("A plugin that exhausts its memory on purpose takes the program down with it.");
  return cautions;
}

/** What gives a plugin nothing but its context, by itself. */
function closed(modes: readonly ModeFacts[]): string {
  const fit = modes.filter((each) => each.traits.authority === "granted" && fittestMode([each], "untrusted") !== undefined).map((each) => each.mode);
  return fit.length === 0 ? "a plugin in JavaScript, which mode process contains by itself" : `mode ${fit.join(" or ")}, which contains the plugin by itself`;
}

function other({ mode, trust: needs, traits }: ModeFacts, isFit: boolean, chosen: ModeFigures | undefined, row: ModeFigures | undefined): Other {
  const speed = comparison(chosen, row);
  const remark = [isFit ? `fit as well. Stops: ${traits.stops}` : `asks for trust '${needs}'.`, ...speed].join(" ");
  return { mode, ...(!isFit && { needs }), remark };
}

/** At the most calls in flight that both were measured with. */
function comparison(chosen: ModeFigures | undefined, row: ModeFigures | undefined): readonly string[] {
  const rateOf = (figures: ModeFigures | undefined, inFlight: number): number | undefined => figures?.widths.find((width) => width.inFlight === inFlight)?.callsPerSecond;
  const inFlight = chosen?.widths.findLast((width) => rateOf(row, width.inFlight) !== undefined)?.inFlight;
  if (inFlight === undefined) return [];
  const ratio = (rateOf(row, inFlight) ?? NaN) / (rateOf(chosen, inFlight) ?? NaN);
  return Number.isFinite(ratio) ? [`${numberText(ratio, 2)} x its calls a second with ${inFlight} in flight.`] : [];
}
