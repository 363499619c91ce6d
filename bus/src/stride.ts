/**
 * How many frames are handed on between two looks at the clock: few where each takes long, since they all count as one
 * plugin's turn; many where they are quick, since a look costs as much as a small one.
 */
export interface Stride {
  /** Whether a look is due after `done` frames. */
  due(done: number): boolean;
  /** What a look saw: by so many ms the turn is over; less than 0, it is not. */
  saw(overMs: number): void;
}

const WIDEST = 16;
/** A turn that overran by so much has frames that want to be watched one by one. */
const TOO_LATE_MS = 0.25;

export function createStride(): Stride {
  let every = WIDEST;
  return {
    due: (done) => done % every === 0,
    saw(overMs) {
      if (overMs > TOO_LATE_MS) every = 1;
      else if (every < WIDEST) every *= 2;
    },
  };
}
