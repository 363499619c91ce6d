import type { PluginSpec } from "@sallyport/kernel";
import { ORDER } from "../payloads.js";
import type { Direction } from "../results.js";
import { sampleWork } from "../sample/sampler.js";
import { withKernel } from "../subjects/kernel.js";
import { MODES, type Mode } from "../subjects/modes.js";
import type { CellPlan } from "./cell.js";

const WIDTH = 64;

/** Calls that a plugin makes: to a method of the host, and through the kernel to another plugin of its mode. */
export function directionCells(): readonly CellPlan[] {
  return MODES.flatMap((mode) => (mode.javascript === undefined ? [] : [driven(mode, mode.javascript.other, "plugin-host"), driven(mode, mode.javascript.other, "plugin-plugin")]));
}

function driven(mode: Mode, other: PluginSpec, direction: Direction & `plugin-${string}`): CellPlan {
  const to = direction === "plugin-host" ? "plugin to host" : "plugin to plugin";
  return {
    facts: {
      id: `${mode.name}/S/${WIDTH}/${direction}`, question: "calls", mode: mode.name, baseline: false, what: `S, ${WIDTH} in flight, ${to}`,
      payload: "S", inFlight: WIDTH, direction, pinned: false, unit: "calls/s", better: "higher",
    },
    reference: `port/S/${WIDTH}`,
    quick: false,
    seconds: 1.6,
    measure: (pace) => withKernel(mode, async (kernel) => {
      await kernel.load(mode.spec);
      const method = direction === "plugin-host" ? "bench.host" : "demo.echo";
      if (direction === "plugin-host") kernel.provide(method, (params: unknown) => params);
      else await kernel.load({ ...other, name: "other" });
      const drive = (calls: number): Promise<unknown> => kernel.call("bench.drive", { method, params: ORDER, width: WIDTH, calls });
      const { unitSeconds, marginPercent, samples } = await sampleWork(pace, drive);
      return { value: WIDTH / unitSeconds, marginPercent, samples };
    }),
  };
}
