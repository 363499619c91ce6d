import type { Clock } from "../clock.js";
import { FRESH_MS, LATE_MS } from "../patience.js";

/** Something that ends at a moment unless it is removed before: an entry of `Deadlines`, which owns all fields but `expire`. */
export interface Timed {
  slot: Slot | undefined;
  earlier: Timed | undefined;
  later: Timed | undefined;
  expire(): void;
}

/** All that expires at one moment. */
export interface Slot { readonly dueMs: number; first: Timed | undefined; /** Its entries were let off once. */ readonly again: boolean }

/** Thousands of deadlines behind one timer: nearly all are removed before they are due, so adding and removing must cost next to nothing. */
export interface Deadlines {
  /**
   * `entry.expire()` is called `ms` after `now`, at most a grain later: 1 ms, from one second on 16 ms. Where this program did not
   * run when it was due (stopped, asleep, in a debugger), it gets a fresh second once: its answer may be here, unread.
   */
  add(entry: Timed, now: number, ms: number): void;
  /** Does nothing for an entry that is not in here. */
  remove(entry: Timed): void;
  /** For who has ended: with no entries left the timer goes at once, instead of keeping all of this in memory until it is due. */
  close(): void;
}

const LONG_MS = 1000;
const FINE_MS = 1;
const COARSE_MS = 16;
/** How long the timer goes on holding the process after the last entry: calls one after the other would turn it on and off. */
const LINGER_MS = 20;

/**
 * A calendar of slots, after the timing wheels of Varghese and Lauck. Slots that became empty stay until the timer
 * fires: the next deadline most likely falls into one of them.
 */
export function createDeadlines(clock: Clock): Deadlines {
  const slots = new Map<number, Slot>();
  let recent: Slot | undefined;
  let timer: unknown;
  let timerDueMs = Infinity;
  let entries = 0;
  let linger: unknown;
  let relaxed = false;

  function relax(): void {
    linger = undefined;
    if (entries > 0 || timer === undefined) return;
    relaxed = true;
    clock.keepAlive?.(timer, false);
  }

  function arm(now: number, dueMs: number): void {
    if (timer !== undefined) clock.clearTimeout(timer);
    timerDueMs = dueMs;
    relaxed = false;
    timer = clock.setTimeout(fire, Math.max(0, dueMs - now));
  }

  function fire(): void {
    const armedMs = timerDueMs;
    timer = undefined;
    timerDueMs = Infinity;
    recent = undefined;
    const now = clock.now();
    const late = now - armedMs >= LATE_MS;
    let fresh: Slot | undefined;
    let nextMs = Infinity;
    for (const [key, slot] of slots) {
      const { dueMs } = slot;
      // Engines round: a timer may fire a fraction of a millisecond early.
      if (slot.first === undefined || dueMs <= now + 1) slots.delete(key);
      else nextMs = Math.min(nextMs, dueMs);
      if (dueMs > now + 1 || slot.first === undefined) continue;
      if (late && !slot.again) move(slot, (fresh ??= slots.get(-(now + FRESH_MS)) ?? { dueMs: now + FRESH_MS, first: undefined, again: true }));
      else expireAll(slot);
    }
    if (fresh !== undefined) {
      // Beside the others: what is added for the same moment later has not been let off.
      slots.set(-fresh.dueMs, fresh);
      nextMs = Math.min(nextMs, fresh.dueMs);
    }
    // An expiry may have added entries, and armed the timer for them.
    if (nextMs < timerDueMs && entries > 0) arm(now, nextMs);
  }

  function expireAll(slot: Slot): void {
    for (let entry = slot.first; entry !== undefined; entry = slot.first) {
      unlink(entry, slot);
      try {
        entry.expire();
      } catch {
        // One call's end must not keep the others from theirs; what it throws has nobody to go to.
      }
    }
  }

  function move(from: Slot, to: Slot): void {
    for (let entry = from.first; entry !== undefined; entry = from.first) {
      unlink(entry, from);
      link(entry, to);
    }
  }

  function link(entry: Timed, slot: Slot): void {
    entries++;
    entry.slot = slot;
    entry.later = slot.first;
    if (slot.first !== undefined) slot.first.earlier = entry;
    slot.first = entry;
  }

  function unlink(entry: Timed, slot: Slot): void {
    entries--;
    if (entry.earlier === undefined) slot.first = entry.later;
    else entry.earlier.later = entry.later;
    if (entry.later !== undefined) entry.later.earlier = entry.earlier;
    entry.slot = entry.earlier = entry.later = undefined;
  }

  return {
    add(entry, now, ms) {
      const grainMs = ms < LONG_MS ? FINE_MS : COARSE_MS;
      const dueMs = Math.ceil((now + ms) / grainMs) * grainMs;
      let slot = recent?.dueMs === dueMs ? recent : slots.get(dueMs);
      if (slot === undefined) slots.set(dueMs, (slot = { dueMs, first: undefined, again: false }));
      recent = slot;
      link(entry, slot);
      if (relaxed && timer !== undefined) {
        relaxed = false;
        clock.keepAlive?.(timer, true);
      }
      if (dueMs < timerDueMs) arm(now, dueMs);
    },
    remove(entry) {
      const { slot } = entry;
      if (slot === undefined) return;
      unlink(entry, slot);
      if (entries === 0) linger ??= clock.keepAlive && clock.setTimeout(relax, LINGER_MS);
    },
    close() {
      if (entries > 0) return;
      if (timer !== undefined) clock.clearTimeout(timer);
      if (linger !== undefined) clock.clearTimeout(linger);
      timer = linger = undefined;
      timerDueMs = Infinity;
    },
  };
}
