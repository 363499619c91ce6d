import type { Frame } from "@sallyport/bus";

/** Counts the calls that are open in either direction. A hint for polling, so a guest that lies hurts nobody. */
export interface CallCount {
  readonly open: number;
  sent(frame: Frame): void;
  /** It could not be sent after all. */
  unsent(frame: Frame): void;
  received(frame: Frame): void;
}

export function createCallCount(): CallCount {
  let ours = 0;
  let theirs = 0;
  return {
    get open() {
      return ours + theirs;
    },
    sent({ t }) {
      if (t === "req") ours++;
      else if (theirs > 0 && (t === "res" || t === "err")) theirs--;
    },
    unsent({ t }) {
      if (t === "req") ours--;
      else if (t === "res" || t === "err") theirs++;
    },
    received({ t }) {
      if (t === "req") theirs++;
      else if (ours > 0 && (t === "res" || t === "err")) ours--;
    },
  };
}
