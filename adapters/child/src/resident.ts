import { patientTimeout, systemClock, type Limits, type PatientTimer } from "@sallyport/bus";
import type { Boundary, Confinement, Exit, HostEnd } from "@sallyport/kernel";
import { createLife, type LifeOptions } from "./life.js";
import type { Listening } from "./last-words.js";
import type { Command } from "./options.js";
import type { Child } from "./start.js";

/** Between closing stdin and the polite signal, ms. */
const TERM_AFTER_MS = 500;

/** A child that stays until somebody ends it, whose start can be given up and whose end is told once. */
export interface Resident {
  /** Settles once, when nothing of it is left. Never rejects. */
  readonly exited: Promise<Exit>;
  gone(): boolean;
  killed(): boolean;
  /** It was asked to end. */
  ending(): boolean;
  /** It speaks as it should: its start is over, and its end no failed start. */
  opened(): void;
  usage: NonNullable<Boundary["usage"]>;
  look(): void;
  /** Runs that so much later, unless its end was told before. */
  later(ms: number, run: () => void): void;
  /** Closes its input by `close`, and sends the polite signal 500 ms later. */
  end(close: () => void): void;
  /** Ends it now with all that it started; `why` becomes the error of its exit. One that has exited counts as killed too if its end was not told yet. */
  kill(why?: unknown): Promise<Exit>;
}

export interface ResidentOptions extends Pick<LifeOptions, "families" | "exited"> {
  readonly limits: Limits;
  readonly host: Pick<HostEnd, "log" | "limited">;
  readonly confinement: Confinement | undefined;
  readonly lastWords: Listening;
  /** Gives up the start: it is ended. */
  readonly signal: AbortSignal;
  /** Before it is killed. */
  killing?(): void;
  /** Before its end is told; its pipes close after it. */
  over(): void;
  /** stdout ended in the middle of something. */
  cutShort?(): unknown;
}

export function createResident(child: Child, command: Command, { host, signal, ...options }: ResidentOptions): Resident {
  const clock = systemClock();
  const timers = new Set<PatientTimer>();
  let error: unknown;
  let killed = false;
  let ending = false;
  let opened = false;
  let settle: (exit: Exit) => void = () => {};
  const exited = new Promise<Exit>((resolve) => {
    settle = resolve;
  });

  const life = createLife(child, command, {
    ...options,
    log: (level, text) => host.log(level, text),
    dropped: (lines) => host.limited?.("logLines", lines, lines),
    over(tell) {
      for (const timer of timers) timer.clear();
      signal.removeEventListener("abort", onAbort);
      options.over();
      const exit = tell({ killed, error, cutShort: options.cutShort?.(), opened });
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      settle(exit);
    },
  });
  const later = (ms: number, run: () => void): void => {
    const timer = patientTimeout(clock, () => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
  };
  const kill = (why?: unknown): Promise<Exit> => {
    if (killed) return exited;
    killed = true;
    error = why;
    options.killing?.();
    life.kill();
    return exited;
  };
  const onAbort = (): void => void kill();
  signal.addEventListener("abort", onAbort, { once: true });

  return {
    exited, later, kill,
    gone: life.gone,
    killed: () => killed,
    ending: () => ending,
    opened() {
      opened = true;
      signal.removeEventListener("abort", onAbort);
    },
    usage: async () => (life.gone() ? undefined : life.usage()),
    look: life.look,
    end(close) {
      if (ending || killed || life.gone()) return;
      ending = true;
      close();
      later(TERM_AFTER_MS, () => {
        if (!life.gone()) life.ask();
      });
    },
  };
}
