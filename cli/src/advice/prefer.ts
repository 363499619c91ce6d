import type { Choose } from "@sallyport/kernel";
import { figuresFor, type Figures, type ModeFigures } from "./figures.js";

/** A mode that is not this much better than the present one is not worth a move: figures of two machines differ by more. */
const BETTER = 0.8;
/** An order of a few fields. */
export const USUAL_PAYLOAD_BYTES = 110;

/** What a wish counts, in the words of whoever explains the answer. */
export function costOf(prefer: "latency" | "memory", row: ModeFigures | undefined): number | undefined {
  if (prefer === "memory") return row?.memoryMib;
  const alone = row?.widths.find(({ inFlight }) => inFlight === 1);
  return alone?.p50Us ?? alone?.p99Us;
}

/** Of the modes that were measured the one that costs least. `figures` is asked for when a policy first wants to know. */
export function chooseBy(figures: () => Figures | undefined): Choose {
  return (candidates, { prefer, from }) => {
    const measured = figures();
    if (measured === undefined) return undefined;
    const costs = candidates.flatMap(({ mode }) => {
      const cost = costOf(prefer, figuresFor(measured, mode, undefined, USUAL_PAYLOAD_BYTES));
      return cost === undefined ? [] : [{ mode, cost }];
    });
    const best = costs.toSorted((a, b) => a.cost - b.cost)[0];
    if (from === undefined || best === undefined) return best?.mode;
    const now = costs.find(({ mode }) => mode === from);
    return now !== undefined && best.cost < now.cost * BETTER ? best.mode : undefined;
  };
}
