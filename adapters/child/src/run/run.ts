import { constants } from "node:os";
import type { Writable } from "node:stream";
import type { ErrorObject, Limits, LogLevel, Usage } from "@sallyport/bus";
import type { Confinement } from "@sallyport/kernel";
import { programsInside } from "../group.js";
import { createLife } from "../life.js";
import type { Command } from "../options.js";
import type { Families } from "../proc/families.js";
import { startProcess, type Child } from "../start.js";
import { createOutput, type Output } from "./output.js";

/** A program that runs to its end by itself and speaks no frames. */
export interface Run {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Output;
  /** Settles once, when nothing of it is left that can be found. Never rejects. What it printed can still be taken then. */
  readonly ended: Promise<RunEnd>;
  /** After its end only the bytes. */
  usage(): Promise<Usage>;
  /** Asks it to end, and ends it with all that it started a little later. Resolves when it has ended or will not run any more. */
  stop(): Promise<void>;
  /** Ends it now, with all that it started. */
  kill(): void;
}

export interface RunEnd {
  /** Of one that a signal ended 128 and its number, as shells say: the relay of a sandbox says no more either. */
  readonly exitCode: number;
  /** `stop` or `kill` ended it. */
  readonly stopped: boolean;
  /** A limit of the system that ended it. */
  readonly error?: ErrorObject;
  /** The last lines of stderr. */
  readonly stderrTail: readonly string[];
}

export interface RunOptions {
  readonly limits: Limits;
  readonly confinement?: Confinement;
  readonly signal: AbortSignal;
  log(level: LogLevel, text: string): void;
  /** So many lines of stderr were dropped in a second. */
  dropped?(lines: number): void;
  /** stderr as it comes. */
  stderr?(chunk: Uint8Array): void;
}

/** Between the polite signal and the end, ms: shorter than a host waits for a call that it cancelled. */
const GRACE_MS = 250;
/** After the exit: so long a stderr that somebody holds open is listened to at most, ms. */
const LAST_WORDS_MOST_MS = 1000;

/** Starts a program. Rejects `spawn_failed`, or with the signal's reason, leaving nothing running. */
export async function startRun(command: Command, options: RunOptions, families: Families): Promise<Run> {
  const child = await startProcess(command, options.signal);
  return createRun(child, command, options, families);
}

function createRun(child: Child, command: Command, { limits, confinement, log, dropped, stderr }: RunOptions, families: Families): Run {
  const { pid, stdin } = child;
  const relayed = command.relayed ?? false;
  const stdout = createOutput(child.stdout);
  let stopped = false;
  let hardly: NodeJS.Timeout | undefined;
  let tellEnd: (end: RunEnd) => void = () => {};
  const ended = new Promise<RunEnd>((resolve) => (tellEnd = resolve));
  let tellKilled: () => void = () => {};
  const wasKilled = new Promise<void>((resolve) => (tellKilled = resolve));

  const life = createLife(child, command, {
    limits, confinement, families, log, dropped,
    // stdout is taken at its reader's pace, also after the end.
    lastWords: { pipes: [child.stderr], mostMs: LAST_WORDS_MOST_MS },
    exited() {
      clearTimeout(hardly);
      stdout.hurry();
    },
    over(tell) {
      const { exitCode, signal, error, stderrTail = [] } = tell({ killed: stopped, error: undefined, cutShort: undefined, opened: true });
      stdin.destroy();
      child.stderr.destroy();
      tellEnd({ exitCode: exitCode ?? 128 + (signal === undefined ? 0 : constants.signals[signal as NodeJS.Signals]), stopped, stderrTail, ...(error !== undefined && { error }) });
    },
  });
  if (stderr !== undefined) child.stderr.on("data", stderr);

  const destroy = (): void => {
    if (life.gone()) return;
    life.kill();
    stdout.close();
    tellKilled();
  };

  return {
    pid, stdin, stdout, ended,
    usage: life.usage,
    async stop() {
      const over = Promise.race([wasKilled, ended.then(() => undefined)]);
      if (stopped || life.gone()) return over;
      stopped = true;
      if (relayed && programsInside(pid).length === 0) {
        // There is nobody to ask yet; and a relay that ends while it makes its namespace can leave that behind.
        destroy();
        return over;
      }
      life.look();
      life.ask();
      hardly = setTimeout(destroy, GRACE_MS);
      return over;
    },
    kill() {
      stopped = true;
      clearTimeout(hardly);
      destroy();
    },
  };
}
