import type { Kernel } from "@sallyport/kernel";
import { ORDER } from "../payloads.js";
import { inLanes } from "../sample/lanes.js";
import { sampleWork } from "../sample/sampler.js";
import { withKernel } from "../subjects/kernel.js";
import { modeOf, type Mode } from "../subjects/modes.js";
import { assertEcho } from "./assert-echo.js";
import type { CellPlan } from "./cell.js";

const WIDTH = 64;

/** The same call with little and with much loaded beside it. Inline has the least cost of its own to hide a growth in. */
export function growthCells(): readonly CellPlan[] {
  const inline = modeOf("inline");
  return [
    ...[1, 100].flatMap((count) => [cell(inline, "plugins", count, loadPlugins), cell(modeOf("worker"), "plugins", count, loadPlugins)]),
    ...[1, 1000].flatMap((count) => [cell(inline, "methods", count, provideMethods), cell(inline, "topics", count, hearTopics)]),
  ];
}

type Fill = (kernel: Kernel, mode: Mode, more: number) => Promise<void> | void;

function cell(mode: Mode, what: "plugins" | "methods" | "topics", count: number, fill: Fill): CellPlan {
  const threads = mode.name === "worker" && count > 1;
  return {
    facts: {
      id: `${mode.name}/${what}/${count}`, question: "kernel", mode: mode.name, baseline: false, what: `S, ${WIDTH} in flight, ${what}: ${count}`,
      payload: "S", inFlight: WIDTH, direction: "host-plugin", pinned: false, unit: "calls/s", better: "higher",
    },
    reference: `port/S/${WIDTH}`,
    quick: !threads && what === "plugins" && mode.name === "inline",
    seconds: threads ? 8 : 1.3,
    measure: (pace) => withKernel(mode, async (kernel) => {
      await kernel.load(mode.spec);
      await fill(kernel, mode, count - 1);
      const call = (): Promise<unknown> => kernel.call(mode.echo, ORDER);
      assertEcho(await call(), ORDER);
      const { unitSeconds, marginPercent, samples } = await sampleWork(pace, (calls) => inLanes(WIDTH, calls, call));
      return { value: WIDTH / unitSeconds, marginPercent, samples };
    }),
  };
}

async function loadPlugins(kernel: Kernel, { javascript }: Mode, more: number): Promise<void> {
  if (javascript === undefined) return;
  for (let index = 0; index < more; index++) await kernel.load({ ...javascript.listener, name: `listener${index}`, config: { every: 1 } });
}

function provideMethods(kernel: Kernel, _mode: Mode, more: number): void {
  for (let index = 0; index < more; index++) kernel.provide(`filler.method${index}`, () => null);
}

function hearTopics(kernel: Kernel, _mode: Mode, more: number): void {
  for (let index = 0; index < more; index++) kernel.subscribe(`filler.topic${index}`, () => undefined);
}
