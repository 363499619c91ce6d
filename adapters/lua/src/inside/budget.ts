import { SallyportError } from "@sallyport/bus";

/** What one call may still use; shared by all coroutines that run for it. */
export interface Budget {
  /** Takes `instructions` off. Gives the reason once nothing is left, and from then on always. */
  use(instructions: number): SallyportError | undefined;
  /** Why the call was ended by its bounds. */
  readonly exceeded: SallyportError | undefined;
  /** The call was cancelled: what it asks the host for from now on fails with this. */
  cancel(reason: SallyportError): void;
  /** A cancelled call that goes on computing has had its time. */
  stop(): void;
  readonly cancelled: SallyportError | undefined;
}

export interface BudgetOptions {
  /** `method 'demo.count'`, for messages. */
  readonly what: string;
  readonly instructions: number;
  /** ms until the caller's deadline. */
  remainingMs(): number;
}

/** The host speaks first, ms: its cancel comes at the deadline, and reaches whoever computes in slices. */
const LATE_MS = 100;

export function createBudget({ what, instructions, remainingMs }: BudgetOptions): Budget {
  let left = instructions;
  let exceeded: SallyportError | undefined;
  let cancelled: SallyportError | undefined;
  return {
    get exceeded() {
      return exceeded;
    },
    get cancelled() {
      return cancelled;
    },
    cancel(reason) {
      cancelled ??= reason;
    },
    stop() {
      exceeded ??= cancelled;
    },
    use(used) {
      if (exceeded !== undefined) return exceeded;
      if ((left -= used) <= 0) {
        exceeded = new SallyportError("resource_exhausted", `${what} used its ${instructions} instructions`, {
          help: 'Do less in one call, or raise "instructions" under modes.lua of the manifest, up to what the host allows.',
        });
      } else if (remainingMs() <= -LATE_MS) {
        exceeded = new SallyportError("cancelled", `${what} was still computing at its deadline`);
      }
      return exceeded;
    },
  };
}
