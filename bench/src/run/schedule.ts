/** How far a run is, from what its steps were expected to take and what the past ones took. */
export interface Schedule {
  /** Begins a step that is expected to take so long. */
  step(seconds: number): { readonly share: number; readonly leftSeconds: number };
  elapsedSeconds(): number;
}

/** The first steps say little about the rest. */
const SILENT_SHARE = 0.02;

export function createSchedule(totalSeconds: number): Schedule {
  const from = performance.now();
  const elapsedSeconds = (): number => (performance.now() - from) / 1000;
  let done = 0;
  let current = 0;
  return {
    elapsedSeconds,
    step(seconds) {
      done += current;
      current = seconds;
      const pace = done > totalSeconds * SILENT_SHARE ? elapsedSeconds() / done : 1;
      return { share: done / totalSeconds, leftSeconds: (totalSeconds - done) * pace };
    },
  };
}
