import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Kernel } from "@sallyport/kernel";
import { readUsage, type Usage } from "../sample/process-tree.js";
import { sleep } from "../sample/sleep.js";
import { withKernel } from "../subjects/kernel.js";
import { MODES, type Mode } from "../subjects/modes.js";
import type { CellPlan } from "./cell.js";

/** Until spares are ready and the collector has done its work, ms. */
const SETTLE_MS = 300;
const MORE = 4;

/** What one more plugin takes, host and child processes together. Where only one can be loaded, it is that one. */
export function memoryCells(): readonly CellPlan[] {
  return MODES.flatMap((mode) => [cell(mode, "resident", "residentMib"), cell(mode, "private", "privateMib")]);
}

function cell(mode: Mode, name: string, key: "residentMib" | "privateMib"): CellPlan {
  return {
    facts: { id: `${mode.name}/memory/${name}`, question: "memory", mode: mode.name, baseline: false, what: `${name} memory of one more plugin`, pinned: false, unit: "MiB", better: "lower" },
    quick: false,
    seconds: 1.6,
    measure: (_pace) => withKernel(mode, async (kernel) => {
      const listener = mode.javascript?.listener;
      const count = listener === undefined ? 1 : MORE;
      if (listener !== undefined) await load(kernel, listener, "first");
      const before = await settled();
      if (listener === undefined) await kernel.load(mode.spec);
      else for (let index = 0; index < count; index++) await load(kernel, listener, `more${index}`);
      const after = await settled();
      if (before === undefined || after === undefined) return { unavailable: "memory is read from /proc, which this system does not have" };
      return { value: (after[key] - before[key]) / count, samples: count };
    }),
  };
}

function load(kernel: Kernel, listener: NonNullable<Mode["javascript"]>["listener"], name: string): Promise<unknown> {
  return kernel.load({ ...listener, name, config: { every: 1 } });
}

async function settled(): Promise<Usage | undefined> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await sleep(SETTLE_MS);
  collect();
  return readUsage();
}
