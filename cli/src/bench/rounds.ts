import type { ModeFigures, WidthFigures } from "../advice/figures.js";
import { forkCell } from "./fork-cell.js";
import type { Job, Outcome } from "./job.js";

/** Every job once a round, in a process of its own, in the other order each time. A mode that fails is not tried again. */
export async function runRounds(jobs: readonly Job[], rounds: number, onCell: (mode: string, round: number) => void, signal: AbortSignal): Promise<readonly Outcome[]> {
  const outcomes = jobs.map((): Outcome[] => []);
  for (let round = 1; round <= rounds; round++) {
    for (const i of round % 2 === 1 ? jobs.keys() : [...jobs.keys()].toReversed()) {
      const [job, so] = [jobs[i], outcomes[i]];
      if (job === undefined || so === undefined || so.some(({ state }) => state === "failed")) continue;
      onCell(job.spec.mode, round);
      so.push(await forkCell(job, signal));
    }
  }
  return outcomes.flatMap((so) => (so.length === 0 ? [] : [so.reduce(together)]));
}

function together(a: Outcome, b: Outcome): Outcome {
  if (a.state === "failed") return a;
  if (b.state === "failed") return b;
  const { mode, payloadBytes } = a.figures;
  const startMs = mean(a.figures.startMs, b.figures.startMs);
  const memoryMib = mean(a.figures.memoryMib, b.figures.memoryMib);
  const widths = a.figures.widths.map((width, i) => meanWidth(width, b.figures.widths[i] ?? width));
  const figures: ModeFigures = { mode, payloadBytes, ...(startMs !== undefined && { startMs }), ...(memoryMib !== undefined && { memoryMib }), widths };
  return { state: "measured", figures, calls: a.calls + b.calls };
}

function meanWidth(a: WidthFigures, b: WidthFigures): WidthFigures {
  const callsPerSecond = (a.callsPerSecond + b.callsPerSecond) / 2;
  const apartPercent = (Math.abs(a.callsPerSecond - b.callsPerSecond) / 2 / callsPerSecond) * 100;
  const p50Us = mean(a.p50Us, b.p50Us);
  const p99Us = mean(a.p99Us, b.p99Us);
  return {
    inFlight: a.inFlight,
    callsPerSecond,
    marginPercent: Math.max(a.marginPercent ?? 0, b.marginPercent ?? 0, apartPercent),
    ...(p50Us !== undefined && { p50Us }),
    ...(p99Us !== undefined && { p99Us }),
  };
}

function mean(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : (a + b) / 2;
}
