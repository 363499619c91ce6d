import { payloadOf, PAYLOADS } from "../payloads.js";
import type { CellFacts, Payload, Question } from "../results.js";
import { timeCalls } from "../sample/latency.js";
import { inLanes } from "../sample/lanes.js";
import { sampleFunction, sampleWork } from "../sample/sampler.js";
import { FUNCTIONS, SUBJECTS } from "../subjects/all.js";
import { CODECS } from "../baselines/codec.js";
import type { FunctionBaseline } from "../baselines/function.js";
import { modeOf } from "../subjects/modes.js";
import type { Subject } from "../subjects/subject.js";
import { assertEcho } from "./assert-echo.js";
import type { CellPlan, Figure, Pace } from "./cell.js";

const US_PER_S = 1e6;
const MAX_TIMED_S = 0.1;
const WIDTHS = [1, 64, 1024] as const;

/** Host to plugin: every mode and baseline, every payload, 1, 64 and 1024 calls in flight. */
export function callCells(): readonly CellPlan[] {
  const cells: CellPlan[] = [];
  for (const payload of PAYLOADS) {
    for (const width of WIDTHS) {
      // Bytes of 1 MiB are copied, whatever the codec; JSON spells them out, which takes longer than a sample should.
      if (width === 1) for (const subject of FUNCTIONS) if (payload !== "L" || !CODECS.includes(subject)) cells.push(functionCell(subject, payload));
      for (const subject of SUBJECTS) if (isMeasured(subject, payload, width)) cells.push(boundaryCell(subject, payload, width, false));
      if (width === 1 && payload === "S") for (const subject of SUBJECTS) if (subject.baseline || modeOf(subject.name).few !== true) cells.push(boundaryCell(subject, payload, width, true));
    }
  }
  return cells;
}

function isMeasured({ name, baseline }: Subject, payload: Payload, width: number): boolean {
  // 2 GiB under way would measure the machine's memory.
  if (payload === "L" && width === 1024) return false;
  // What differs in its serialization is told by smaller ones.
  if (payload === "L" && name === "fork-advanced") return false;
  if (baseline) return true;
  const { slow = false, few = false } = modeOf(name);
  // Enough to tell the modes apart.
  if (few) return `${payload}/${width}` === "L/1" || (payload !== "L" && width < 1024 && !(slow && payload === "M"));
  return !slow || (payload === "S" && width < 1024) || width === 1;
}

function questionOf(payload: Payload, width: number): Question {
  if (payload !== "S") return "payloads";
  return width === 1 ? "latency" : "calls";
}

function functionCell(subject: FunctionBaseline, payload: Payload): CellPlan {
  return {
    facts: { id: `${subject.name}/${payload}/1`, question: questionOf(payload, 1), mode: subject.name, baseline: true, what: `${payload}, 1 in flight`, payload, inFlight: 1, pinned: false, unit: "us", better: "lower" },
    reference: `port/${payload}/1`,
    quick: false,
    seconds: 1,
    async measure(pace) {
      const value = payloadOf(payload);
      assertEcho(subject.now(value), value);
      let last = value;
      const { unitSeconds, marginPercent, samples } = await sampleFunction(pace, (calls) => {
        // Each call takes the answer of the one before, so that none can be left out.
        for (let call = 0; call < calls; call++) last = subject.now(last);
      });
      assertEcho(last, value);
      return { value: unitSeconds * US_PER_S, marginPercent, samples };
    },
  };
}

/** Cells that a target names, or that such a cell is compared with. */
const QUICK = /^(port|worker)\/(S\/1|S\/1\/pinned|S\/64|S\/1024|M\/64|L\/64)$|^(fork-json|process)\/[SM]\/64$|^c\/S\/(64|1024)$|^inline\/S\/64$/;

function boundaryCell(subject: Subject, payload: Payload, width: number, pinned: boolean): CellPlan {
  const one = width === 1;
  const id = `${subject.name}/${payload}/${width}${pinned ? "/pinned" : ""}`;
  const facts: CellFacts = {
    id, question: questionOf(payload, width), mode: subject.name, baseline: subject.baseline,
    what: `${payload}, ${width} in flight${pinned ? ", on one CPU" : ""}`, payload, inFlight: width, direction: "host-plugin", pinned,
    unit: one ? "us" : "calls/s", better: one ? "lower" : "higher",
  };
  const reference = `port/${payload}/${width}${pinned ? "/pinned" : ""}`;
  return { facts, reference, quick: QUICK.test(id), seconds: payload === "L" && width > 1 ? 4 : 1.4, measure: (pace) => measureCalls(subject, payload, width, pace) };
}

async function measureCalls(subject: Subject, payload: Payload, width: number, pace: Pace): Promise<Figure | { readonly unavailable: string }> {
  const unavailable = await subject.prepare();
  if (unavailable !== undefined) return { unavailable };
  const sent = payloadOf(payload);
  await using host = subject.open();
  await using echo = await host.start();
  assertEcho(await echo.echo(sent), sent);
  const call = (): Promise<unknown> => echo.echo(sent);
  const { unitSeconds, marginPercent, samples } = await sampleWork(pace, (calls) => inLanes(width, calls, call));
  const value = width === 1 ? unitSeconds * US_PER_S : width / unitSeconds;
  // Calls that take so long that few fit have no percentiles worth the wait.
  if (unitSeconds > MAX_TIMED_S) return { value, marginPercent, samples };
  return { value, marginPercent, samples, percentiles: await timeCalls(pace.latencyMs, width, call) };
}
