import { deepStrictEqual } from "node:assert";
import { payloadOf } from "@sallyport/bench";
import type { Contender } from "./contender.js";
import { entryOf } from "./contenders.js";
import { load } from "./load.js";
import { createMeter, type Rate } from "./meter.js";
import type { Case, Plan } from "./plan.js";
import { keyOf, START, type Reading } from "./reading.js";

/** Measures one contender in this process. What fails is a reading too, so that the rest of the table stands. */
export async function* measure(name: string, plan: Plan): AsyncGenerator<Reading> {
  const entry = entryOf(name);
  try {
    const { open, unavailable } = await load(entry);
    const reason = await unavailable?.();
    if (reason !== undefined) return yield { outcome: { state: "unavailable", reason } };

    const from = performance.now();
    const contender = await open();
    await compare(contender, "S");
    if (!plan.pinned) yield { key: START, outcome: { state: "measured", value: performance.now() - from, samples: 1 } };
    await compare(contender, "M");
    for (const each of plan.cases) yield await readCase(contender, each, plan, entry.mostInFlight);
    await contender.close();
  } catch (error) {
    yield { outcome: { state: "failed", reason: textOf(error) } };
  }
}

/** Whatever is measured has to come back whole. */
async function compare({ echo }: Contender, payload: Case["payload"]): Promise<void> {
  deepStrictEqual(await echo(payloadOf(payload)), payloadOf(payload));
}

async function readCase(contender: Contender, each: Case, plan: Plan, mostInFlight = Infinity): Promise<Reading> {
  const key = keyOf({ ...each, pinned: plan.pinned });
  const { inFlight } = each;
  if (inFlight > mostInFlight) return { key, outcome: { state: "unavailable", reason: `${inFlight} calls at once do not fit: at most ${mostInFlight} are tried` } };
  try {
    const { perSecond, marginPercent, slices } = await callInLanes(contender, each, plan);
    return { key, outcome: { state: "measured", value: inFlight === 1 ? 1e6 / perSecond : perSecond, ...(marginPercent !== undefined && { marginPercent }), samples: slices } };
  } catch (error) {
    return { key, outcome: { state: "failed", reason: textOf(error) } };
  }
}

async function callInLanes(contender: Contender, { payload, inFlight }: Case, plan: Plan): Promise<Rate> {
  const meter = createMeter({ inFlight }, plan);
  const value = payloadOf(payload);
  // Lanes, not waves: the next call of a lane leaves as its answer comes.
  async function lane(): Promise<void> {
    try {
      while (!meter.done) {
        await contender.echo(value);
        meter.answered();
      }
    } finally {
      meter.stop();
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: inFlight }, lane));
  const failed = lanes.find((each) => each.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return meter.rate();
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
