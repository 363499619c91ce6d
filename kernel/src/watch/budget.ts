import { LIMITS, SallyportError, type Limits, type Usage } from "@sallyport/bus";

/** A limit that was reached, in the limit's own unit. */
export interface Breach {
  readonly limit: "memoryMb" | "cpuSeconds" | "cpuPercent" | "processes" | "descriptors";
  readonly used: number;
  readonly allowed: number;
}

/** Compares one instance's samples with its limits. */
export interface Budget {
  /** What must end it, if anything. */
  judge(usage: Usage, limits: Limits, nowMs: number): Breach | undefined;
  /** `true` once each time the descriptors run out: the system refuses the next one, so that nobody needs to end it. */
  outOfDescriptors(usage: Usage, limits: Limits): boolean;
}

const MIB = 2 ** 20;
const WINDOW_MS = 10_000;
/** Of the limit: below it the next time counts as a new one. */
const RECOVERED = 0.9;

export function createBudget(): Budget {
  // The first one is the youngest that is not younger than the window.
  let samples: { readonly atMs: number; readonly cpuMs: number }[] = [];
  let told = false;

  /** CPU time of the last ten seconds. A window that grew because nobody looked counts in proportion. */
  function inWindow(cpuMs: number, nowMs: number): number {
    samples.push({ atMs: nowMs, cpuMs });
    const first = samples.findLastIndex(({ atMs }) => atMs <= nowMs - WINDOW_MS);
    if (first > 0) samples = samples.slice(first);
    const oldest = samples[0] as { readonly atMs: number; readonly cpuMs: number };
    return (cpuMs - oldest.cpuMs) * Math.min(1, WINDOW_MS / Math.max(1, nowMs - oldest.atMs));
  }

  return {
    judge({ memoryBytes, cpuMs, processes }, limits, nowMs) {
      const used: [Breach["limit"], number | undefined][] = [
        ["memoryMb", memoryBytes === undefined ? undefined : memoryBytes / MIB],
        ["processes", processes],
        ["cpuSeconds", cpuMs === undefined ? undefined : cpuMs / 1000],
        ["cpuPercent", cpuMs === undefined ? undefined : (inWindow(cpuMs, nowMs) * 100) / WINDOW_MS],
      ];
      for (const [limit, amount] of used) if (amount !== undefined && amount > limits[limit]) return { limit, used: rounded(amount), allowed: limits[limit] };
      return undefined;
    },
    outOfDescriptors({ descriptors = 0 }, limits) {
      const before = told;
      told = descriptors >= limits.descriptors * (before ? RECOVERED : 1);
      return told && !before;
    },
  };
}

const WORDS: Readonly<Record<Breach["limit"], readonly [used: string, unit: string]>> = {
  memoryMb: ["holds", "MiB of memory"],
  cpuSeconds: ["has used", "seconds of CPU time"],
  cpuPercent: ["has used", "percent of a CPU over ten seconds"],
  processes: ["runs", "processes and threads"],
  descriptors: ["has open", "descriptors in one process"],
};

export function breachError(plugin: string, { limit, used, allowed }: Breach): SallyportError {
  const [verb, unit] = WORDS[limit];
  return new SallyportError(LIMITS[limit].code, `'${plugin}' ${verb} ${used} ${unit}; it may have ${allowed} (limits.${limit}), and was ended`, { plugin, source: "transport", data: { limit, used, allowed } });
}

function rounded(amount: number): number {
  return Math.ceil(amount * 10) / 10;
}
