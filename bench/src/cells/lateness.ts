import { payloadOf } from "../payloads.js";
import type { CellFacts } from "../results.js";
import { driveUntil } from "../sample/lanes.js";
import { watchTimers } from "../sample/lateness.js";
import { sleep } from "../sample/sleep.js";
import { withKernel } from "../subjects/kernel.js";
import { BASELINES, SUBJECTS } from "../subjects/all.js";
import { modeOf, MODES, type Mode } from "../subjects/modes.js";
import type { Subject } from "../subjects/subject.js";
import type { CellPlan, Figure, Pace } from "./cell.js";

const WIDTH = 64;
/** Log lines of one call of the flood. */
const LINES = 20_000;

/** How late the host's own timers are while a plugin is driven, and while one floods the host with log lines. */
export function latenessCells(): readonly CellPlan[] {
  const isLeftOut = ({ name, baseline }: Subject): boolean => !baseline && (modeOf(name).slow === true || modeOf(name).few === true);
  return [...SUBJECTS.filter((subject) => !isLeftOut(subject)).map(drivenCell), ...MODES.filter((mode) => mode.javascript !== undefined).map(floodCell)];
}

function plan(name: string, kind: "64" | "flood", measure: CellPlan["measure"]): CellPlan {
  const facts: CellFacts = {
    id: `${name}/lateness/${kind}`, question: "latency", mode: name, baseline: BASELINES.some((each) => each.name === name),
    what: `p99 of timer lateness, ${kind === "flood" ? "one plugin floods" : `${WIDTH} in flight`}`,
    ...(kind === "64" && { payload: "S" as const, inFlight: WIDTH, direction: "host-plugin" as const }), pinned: false, unit: "ms", better: "lower",
  };
  return { facts, ...(kind === "64" && { reference: `port/lateness/${WIDTH}` }), quick: /^(worker|process|c)$/.test(name), seconds: 2.2, combine: "worst", measure };
}

function drivenCell(subject: Subject): CellPlan {
  return plan(subject.name, "64", async (pace) => {
    const unavailable = await subject.prepare();
    if (unavailable !== undefined) return { unavailable };
    await using host = subject.open();
    await using echo = await host.start();
    const order = payloadOf("S");
    return await watchWhile(pace, (until) => driveUntil(until, WIDTH, () => echo.echo(order)));
  });
}

function floodCell(mode: Mode): CellPlan {
  return plan(mode.name, "flood", (pace) => withKernel(mode, async (kernel) => {
    await kernel.load(mode.spec);
    return watchWhile(pace, (until) => driveUntil(until, 1, () => kernel.call("bench.flood", { lines: LINES })));
  }));
}

async function watchWhile({ warmUpMs, watchMs }: Pace, drive: (until: Promise<unknown>) => Promise<unknown>): Promise<Figure> {
  await drive(sleep(warmUpMs));
  const watching = watchTimers(watchMs);
  await drive(watching);
  const { p99Ms, timers } = await watching;
  return { value: p99Ms, samples: timers };
}
