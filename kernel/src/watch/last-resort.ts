import { patientTimeout, type Clock, type PatientTimer } from "@sallyport/bus";
import type { Adapter, Boundary, Exit, HostEnd, OpenRequest } from "../adapter.js";

/** The end of a boundary, which comes also if the boundary cannot keep its promise to end. */
export interface CertainEnd {
  readonly exited: Promise<Exit>;
  kill(): Promise<Exit>;
}

/**
 * What was killed and has not ended by then is given up: a process that the system does not let die, a thread that is stuck
 * in native code. Its calls must end and its name be free all the same, ms.
 */
const KILL_MS = 5000;

export function certainEnd(boundary: Boundary, clock: Clock): CertainEnd {
  let timer: PatientTimer | undefined;
  let giveUp!: (exit: Exit) => void;
  const lost = new Promise<Exit>((resolve) => (giveUp = resolve));
  const exited = Promise.race([boundary.exited, lost]);
  let over = false;
  void exited.then(() => {
    over = true;
    timer?.clear();
  });
  return {
    exited,
    kill() {
      if (!over) timer ??= patientTimeout(clock, () => giveUp({ stderrTail: [`${boundary.label} was killed and has not ended within ${KILL_MS} ms`] }), KILL_MS, true);
      void boundary.kill();
      return exited;
    },
  };
}

/** As `adapter.open`, but it does not wait for an adapter that goes on after its signal; what that one opens late is killed. */
export async function openAtLast(adapter: Adapter, request: OpenRequest, host: HostEnd, signal: AbortSignal, clock: Clock): Promise<Boundary> {
  const opening = adapter.open(request, host, signal);
  let timer: PatientTimer | undefined;
  let onAbort: (() => void) | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      timer = patientTimeout(clock, () => {
        void opening.then((boundary) => boundary.kill(), () => undefined);
        reject(signal.reason as Error);
      }, KILL_MS, true);
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([opening, late]);
  } finally {
    timer?.clear();
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}
