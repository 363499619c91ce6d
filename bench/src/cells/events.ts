import { startThread, type RawThread } from "../baselines/port.js";
import { ORDER } from "../payloads.js";
import type { CellFacts } from "../results.js";
import { sampleWork } from "../sample/sampler.js";
import { withKernel } from "../subjects/kernel.js";
import { MODES, type Mode } from "../subjects/modes.js";
import type { CellPlan, Figure, Pace } from "./cell.js";

/** Events that are published before the subscribers are waited for: fits into their event credit and queue. */
const BURST = 512;

/** One event to 1, 10 and 100 subscribers: those of a process each stop at 10. */
export function eventCells(): readonly CellPlan[] {
  return [1, 10, 100].flatMap((subscribers) => [
    portCell(subscribers),
    ...MODES.filter(({ name, javascript }) => javascript !== undefined && (subscribers < 100 || name === "inline" || name === "worker")).map((mode) => modeCell(mode, subscribers)),
  ]);
}

function facts(mode: string, subscribers: number): CellFacts {
  return {
    id: `${mode}/event/${subscribers}`, question: "streams", mode, baseline: mode === "port", what: `event to ${subscribers} subscriber${subscribers > 1 ? "s" : ""}`,
    payload: "S", pinned: false, unit: "deliveries/s", better: "higher",
  };
}

/** Bursts, each complete when every subscriber has said that it heard all of it. `join` gives the function that publishes one event. */
async function sampleBursts(pace: Pace, subscribers: number, join: (heard: () => void) => Promise<() => void>): Promise<Figure> {
  let answers = 0;
  let complete: (() => void) | undefined;
  const publish = await join(() => {
    if (++answers % subscribers === 0) complete?.();
  });
  const burst = (): Promise<void> => new Promise((resolve) => {
    complete = resolve;
    for (let event = 0; event < BURST; event++) publish();
  });
  const { unitSeconds, marginPercent, samples } = await sampleWork(pace, async (bursts) => {
    for (let made = 0; made < bursts; made++) await burst();
  });
  return { value: (BURST * subscribers) / unitSeconds, marginPercent, samples };
}

function modeCell(mode: Mode, subscribers: number): CellPlan {
  const listener = mode.javascript?.listener;
  return {
    facts: facts(mode.name, subscribers),
    reference: `port/event/${subscribers}`,
    quick: mode.name === "worker" && subscribers === 100,
    seconds: subscribers === 100 ? 9 : 3,
    measure: (pace) => withKernel(mode, async (kernel) => {
      if (listener === undefined) throw new Error(`${mode.name} has no listener`);
      return sampleBursts(pace, subscribers, async (heard) => {
        kernel.subscribe("bench.heard", heard);
        for (let index = 0; index < subscribers; index++) await kernel.load({ ...listener, name: `listener${index}`, config: { every: BURST } });
        return () => {
          const handed = kernel.publish("bench.tick", ORDER);
          if (handed !== subscribers) throw new Error(`an event reached ${handed} of ${subscribers} subscribers`);
        };
      });
    }),
  };
}

function portCell(subscribers: number): CellPlan {
  return {
    facts: facts("port", subscribers),
    reference: `port/event/${subscribers}`,
    quick: subscribers === 100,
    seconds: subscribers === 100 ? 4 : 2,
    async measure(pace) {
      const threads: RawThread[] = Array.from({ length: subscribers }, () => startThread("listener-thread.js"));
      try {
        return await sampleBursts(pace, subscribers, async (heard) => {
          for (const { port } of threads) {
            port.on("message", heard);
            port.postMessage(BURST);
          }
          return () => {
            for (const { port } of threads) port.postMessage(ORDER);
          };
        });
      } finally {
        await Promise.all(threads.map((thread) => thread.close()));
      }
    },
  };
}
