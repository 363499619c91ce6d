/** Watches how long the event loop is held up. */
export interface Lag {
  /** The longest since the last look, ms. */
  take(): number;
  stop(): void;
}

const EVERY_MS = 10;

export function watchLag(): Lag {
  let last = performance.now();
  let worst = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    worst = Math.max(worst, now - last - EVERY_MS);
    last = now;
  }, EVERY_MS);
  timer.unref();
  return {
    take() {
      const since = Math.max(worst, performance.now() - last - EVERY_MS);
      worst = 0;
      return since;
    },
    stop: () => clearInterval(timer),
  };
}
