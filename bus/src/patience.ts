import type { Clock } from "./clock.js";

/**
 * A timer that fires so much too late says that this program itself did not run: it was stopped, in a debugger, or the
 * machine slept, ms. Whatever it waited for may have come long ago and lie unread.
 */
export const LATE_MS = 500;
/** What is given then to read what has come, and to those who were stopped with us to go on, ms. */
export const FRESH_MS = 1000;

/** A timer that waits once more, for at most `FRESH_MS`, when it fired late because this program did not run. */
export interface PatientTimer {
  clear(): void;
}

export function patientTimeout(clock: Clock, fn: () => void, ms: number, background = false): PatientTimer {
  const dueMs = clock.now() + ms;
  let handle = clock.setTimeout(() => {
    if (clock.now() - dueMs < LATE_MS) fn();
    else handle = clock.setTimeout(fn, Math.min(ms, FRESH_MS), background);
  }, ms, background);
  return { clear: () => clock.clearTimeout(handle) };
}
