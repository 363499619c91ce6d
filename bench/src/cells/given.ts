import { givingPort } from "../baselines/port.js";
import { payloadOf } from "../payloads.js";
import { sampleWork } from "../sample/sampler.js";
import { ready } from "../subjects/kernel.js";
import { modeOf } from "../subjects/modes.js";
import { assertEcho } from "./assert-echo.js";
import type { CellPlan, Figure, Pace } from "./cell.js";

const WIDTH = 64;
const REFERENCE = `port/L/${WIDTH}/given`;

type Give = (bytes: unknown) => Promise<unknown>;

/** 1 MiB of bytes whose buffer the caller gives away with each call: it may be moved instead of copied. */
export function givenCells(): readonly CellPlan[] {
  return [
    cell("port", async (pace) => {
      const { echo, close } = givingPort();
      return drive(pace, echo).finally(close);
    }),
    ...["inline", "worker"].map((name) => cell(name, async (pace) => {
      const mode = modeOf(name);
      const made = await ready(mode);
      if (typeof made === "string") return { unavailable: made };
      await using kernel = made.open();
      await kernel.load(mode.spec);
      return await drive(pace, (bytes) => kernel.call(mode.echo, bytes, { transfer: true }));
    })),
  ];
}

function cell(mode: string, measure: CellPlan["measure"]): CellPlan {
  return {
    facts: {
      id: `${mode}/L/${WIDTH}/given`, question: "payloads", mode, baseline: mode === "port", what: `L, ${WIDTH} in flight, buffers given away`,
      payload: "L", inFlight: WIDTH, direction: "host-plugin", pinned: false, unit: "calls/s", better: "higher",
    },
    reference: REFERENCE,
    quick: mode !== "inline",
    seconds: 2,
    measure,
  };
}

/** Each lane gives away what came back from its last call. */
async function drive(pace: Pace, give: Give): Promise<Figure> {
  const lanes = Array.from({ length: WIDTH }, () => payloadOf("L"));
  const lane = async (index: number, calls: number): Promise<void> => {
    for (let call = 0; call < calls; call++) lanes[index] = await give(lanes[index]);
  };
  const { unitSeconds, marginPercent, samples } = await sampleWork(pace, (calls) => Promise.all(lanes.map((_, index) => lane(index, calls))));
  for (const bytes of lanes) assertEcho(bytes, payloadOf("L"));
  return { value: WIDTH / unitSeconds, marginPercent, samples };
}
