import { SallyportError, type Limits } from "@sallyport/bus";

/** What one message may still hold. Counted while it is read, so that a small message cannot become a large value. */
export interface Budget {
  readonly depth: number;
  /** Takes `count` values. Throws `resource_exhausted`. */
  take(count: number): void;
}

export function createBudget({ frameItems, frameDepth }: Pick<Limits, "frameItems" | "frameDepth">): Budget {
  let left = Math.max(frameItems, 64);
  return {
    // The frame itself, and its payload.
    depth: Math.max(frameDepth, 4) - 2,
    take(count) {
      left -= count;
      if (left < 0) throw tooMuch(`holds more than ${frameItems} values`, "frameItems");
    },
  };
}

function tooMuch(what: string, limit: keyof Limits): SallyportError {
  return new SallyportError("resource_exhausted", `a message of the plugin ${what}`, { help: `Send less in one message (stream it), or raise \`limits.${limit}\`.` });
}

/** Throws where a message holds messages that hold messages, further than a value may be nested. */
export function deeper(depth: number): number {
  if (depth <= 0) throw tooMuch("is nested too deep", "frameDepth");
  return depth - 1;
}
