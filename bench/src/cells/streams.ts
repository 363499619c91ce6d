import { startThread } from "../baselines/port.js";
import { ORDER } from "../payloads.js";
import type { CellFacts } from "../results.js";
import { sampleWork } from "../sample/sampler.js";
import { withKernel } from "../subjects/kernel.js";
import { MODES, type Mode } from "../subjects/modes.js";
import type { CellPlan, Figure, Pace } from "./cell.js";

const ITEMS = 100_000;

/** A stream of 100,000 orders, to the host and from it, beside as many messages over a raw MessagePort. */
export function streamCells(): readonly CellPlan[] {
  return [portCell(), ...MODES.filter((mode) => mode.javascript !== undefined).flatMap((mode) => [modeCell(mode, "out"), modeCell(mode, "in")])];
}

function facts(mode: string, way: "out" | "in"): CellFacts {
  return {
    id: `${mode}/stream/${way}`, question: "streams", mode, baseline: mode === "port", what: `stream of 100,000 S items ${way === "out" ? "from" : "to"} the plugin`,
    payload: "S", pinned: false, unit: "items/s", better: "higher",
  };
}

/** Each sample is one whole stream. */
async function sampleStreams(pace: Pace, stream: () => Promise<number>): Promise<Figure> {
  const whole = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      const items = await stream();
      if (items !== ITEMS) throw new Error(`${items} of ${ITEMS} items came`);
    }
  };
  const { unitSeconds, marginPercent, samples } = await sampleWork(pace, whole);
  return { value: ITEMS / unitSeconds, marginPercent, samples };
}

function modeCell(mode: Mode, way: "out" | "in"): CellPlan {
  return {
    facts: facts(mode.name, way),
    reference: "port/stream/out",
    quick: mode.name === "worker" && way === "out",
    seconds: 3,
    measure: (pace) => withKernel(mode, async (kernel) => {
      await kernel.load(mode.spec);
      return sampleStreams(pace, async () => {
        if (way === "in") return kernel.call<number>("bench.sink", {}, { input: Array.from({ length: ITEMS }, () => ORDER) });
        let items = 0;
        for await (const _item of kernel.stream("bench.source", { item: ORDER, items: ITEMS })) items++;
        return items;
      });
    }),
  };
}

function portCell(): CellPlan {
  return {
    facts: facts("port", "out"),
    reference: "port/stream/out",
    quick: true,
    seconds: 2,
    async measure(pace) {
      const { port, close } = startThread("source-thread.js");
      try {
        return await sampleStreams(pace, () => new Promise((resolve) => {
          let items = 0;
          port.removeAllListeners("message").on("message", () => {
            if (++items === ITEMS) resolve(items);
          });
          port.postMessage({ item: ORDER, items: ITEMS });
        }));
      } finally {
        await close();
      }
    },
  };
}
