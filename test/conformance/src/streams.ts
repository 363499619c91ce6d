import { setImmediate as nextTurn } from "node:timers/promises";
import type { CreditFrame, DataFrame } from "@sallyport/bus";
import type { Step } from "./case.js";
import { StepFailure } from "./failure.js";
import type { StepDriver } from "./steps.js";

type StepOf<Do extends Step["do"]> = Extract<Step, { do: Do }>;

/** Takes a stream the way a host does: gives more credit when half of it is used. */
export async function take(driver: StepDriver, { id, from, to, credit }: StepOf<"take">): Promise<void> {
  let given = credit;
  for (let item = from; item <= to; item++) {
    const { d } = (await driver.expect({ t: "data", id })) as DataFrame;
    if (d !== item) throw new StepFailure(`expected the item ${item} of the stream '${id}', got ${String(d)}`);
    const used = item - from + 1 - (given - credit);
    if (used * 2 >= credit && item < to) {
      // A turn, so that what was sent without credit is here before more credit would excuse it.
      await nextTurn();
      const arrived = item - from + 1 + driver.waiting(id);
      if (arrived > given) throw new StepFailure(`${arrived} items of the stream '${id}' came for a credit of ${given}`);
      given += used;
      await driver.send({ t: "credit", id, n: used });
    }
  }
}

/** Sends items as the plugin gives credit for them. */
export async function feed(driver: StepDriver, { id, from, to }: StepOf<"feed">): Promise<void> {
  let open = 0;
  for (let item = from; item <= to; item++) {
    while (open === 0) open += ((await driver.expect({ t: "credit", id })) as CreditFrame).n;
    open -= 1;
    await driver.send({ t: "data", id, d: item });
  }
  await driver.send({ t: "end", id });
}

/** Sends events; id 0 is their credit. */
export async function publish(driver: StepDriver, { topic, count }: StepOf<"publish">): Promise<void> {
  let open = driver.eventCredit;
  for (let sent = 0; sent < count; sent++) {
    while (open === 0) open += ((await driver.expect({ t: "credit", id: 0 })) as CreditFrame).n;
    open -= 1;
    await driver.send({ t: "ev", m: topic, p: sent });
  }
}
