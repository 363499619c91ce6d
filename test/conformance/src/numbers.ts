import type { FramePattern } from "./case.js";
import { StepFailure } from "./failure.js";
import { fill } from "./pattern.js";

/** The names of a case's calls, and the ids that stand for them on this connection. */
export interface Numbers {
  /** A frame to put on the wire. New names get the next odd id. */
  outgoing(frame: FramePattern): Record<string, unknown>;
  /** A pattern to compare with; names not seen yet stay open. */
  incoming(frame: FramePattern): Record<string, unknown>;
  /** Binds the names that `pattern` left open to the ids that came. Throws a StepFailure for an id that a plugin may not make. */
  learn(pattern: FramePattern, got: Readonly<Record<string, unknown>>): void;
  id(name: string): number;
}

const KEYS = ["id", "par"] as const;

export function createNumbers(): Numbers {
  const ids = new Map<string, number>();
  let next = 1;

  function id(name: string): number {
    const known = ids.get(name);
    if (known !== undefined) return known;
    const made = next;
    next += 2;
    ids.set(name, made);
    return made;
  }

  return {
    id,
    outgoing(frame) {
      const out = fill(frame) as Record<string, unknown>;
      for (const key of KEYS) if (typeof out[key] === "string") out[key] = id(out[key]);
      return out;
    },
    incoming(frame) {
      const out: Record<string, unknown> = { ...frame };
      for (const key of KEYS) {
        const name = out[key];
        if (typeof name === "string") out[key] = ids.get(name) ?? { "?": "integer", min: 1 };
      }
      return out;
    },
    learn(pattern, got) {
      for (const key of KEYS) {
        const name = pattern[key];
        if (typeof name !== "string" || ids.has(name)) continue;
        const id = got[key] as number;
        if (id % 2 !== 0) throw new StepFailure(`a plugin's own ids are even, got ${id}`);
        if ([...ids.values()].includes(id)) throw new StepFailure(`the id ${id} was used before on this connection`);
        ids.set(name, id);
      }
    },
  };
}
