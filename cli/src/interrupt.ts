import { SallyportError } from "@sallyport/bus";

/** Turns the wish to stop into a signal. */
export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
  /** Nobody reads stdout any more: there is nobody to tell of a failure either. */
  readonly readerGone: boolean;
  /** Resolves once somebody wants to stop; keeps the process alive until then. */
  wait(): Promise<void>;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** A timer longer than any run: an empty host has nothing else that keeps the process alive. */
const KEEP_ALIVE_MS = 2 ** 30;

/**
 * SIGINT, SIGTERM, SIGHUP, or the reader of stdout going away (`| head`). A second signal ends the process at
 * once, for a drain that takes longer than a person's patience.
 */
export function interruptible(): Interrupt {
  const controller = new AbortController();
  let readerGone = false;
  const stop = (why: string): void => controller.abort(new SallyportError("cancelled", `stopped by ${why}`));
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    stop(name);
  };
  const onPipe = (error: NodeJS.ErrnoException): void => {
    if (error.code !== "EPIPE") throw error;
    readerGone = true;
    stop("the reader of stdout");
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  // Stays after the end of the command: what is written last can fail later.
  process.stdout.on("error", onPipe);
  return {
    signal: controller.signal,
    get readerGone() {
      return readerGone;
    },
    async wait() {
      if (controller.signal.aborted) return;
      const keepAlive = setInterval(() => {}, KEEP_ALIVE_MS);
      await new Promise<void>((resolve) => controller.signal.addEventListener("abort", () => resolve(), { once: true }));
      clearInterval(keepAlive);
    },
    [Symbol.dispose]() {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
