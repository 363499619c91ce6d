import { patientTimeout, type CancelSignal, type Clock, type PatientTimer, type SallyportError } from "@sallyport/bus";

/** Waits for `promise`, but gives up with `late()` after `ms`, or with `cancelled()` when `signal` fires. */
export async function withDeadline<T>(promise: Promise<T>, options: { readonly ms: number; readonly clock: Clock; readonly signal: CancelSignal | undefined; late(): SallyportError; cancelled(): SallyportError }): Promise<T> {
  const { clock, signal } = options;
  let timer: PatientTimer | undefined;
  let onAbort: (() => void) | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = patientTimeout(clock, () => reject(options.late()), Math.max(0, options.ms));
    onAbort = () => reject(options.cancelled());
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    timer?.clear();
    if (onAbort) signal?.removeEventListener("abort", onAbort);
  }
}
