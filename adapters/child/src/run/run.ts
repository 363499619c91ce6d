import type { ChildProcessWithoutNullStreams } from "node:child_process";
import type { Socket } from "node:net";
import { constants } from "node:os";
import type { Writable } from "node:stream";
import { toErrorObject, type ErrorObject, type Limits, type LogLevel, type Usage } from "@sallyport/bus";
import type { Confinement } from "@sallyport/kernel";
import { describeExit } from "../exit.js";
import { askToEnd, programsInside, signalGroup } from "../group.js";
import { afterLastWords } from "../last-words.js";
import type { Command } from "../options.js";
import type { Families } from "../proc/families.js";
import { createMeter } from "../proc/usage.js";
import { startProcess } from "../start.js";
import { readStderr } from "../stderr.js";
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
  return createRun(child, child.pid as number, command, options, families);
}

function createRun(child: ChildProcessWithoutNullStreams, pid: number, command: Command, options: RunOptions, families: Families): Run {
  const { limits, confinement } = options;
  const program = command.program ?? command.argv[0] ?? "";
  const relayed = command.relayed ?? false;
  const family = process.platform === "linux" ? families.follow(pid) : undefined;
  const meter = family && createMeter(family, limits.memoryMb * 2 ** 20);
  const stdout = createOutput(child.stdout);
  let gone = false;
  let stopped = false;
  let killed = false;
  let hardly: NodeJS.Timeout | undefined;
  let tellKilled: () => void = () => {};
  const wasKilled = new Promise<void>((resolve) => (tellKilled = resolve));
  const stderr = readStderr(child.stderr, options.log, options.dropped);
  if (options.stderr !== undefined) child.stderr.on("data", options.stderr);

  const destroy = (): void => {
    if (gone || killed) return;
    killed = true;
    if (family !== undefined) {
      // It must start nothing while its tree is being looked at.
      signalGroup(pid, "SIGSTOP");
      family.killDescendants();
    }
    signalGroup(pid, "SIGKILL");
    stdout.close();
    tellKilled();
  };

  const ended = new Promise<RunEnd>((resolve) => {
    const report = (code: number | null, signal: NodeJS.Signals | null): void => {
      stderr.stop();
      child.stdin.destroy();
      child.stderr.destroy();
      const { error } = describeExit({ code, signal, tail: stderr.tail(), killed: stopped, error: undefined, cutShort: undefined, opened: true, program, relayed, confinement, limits });
      resolve({ exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), stopped, stderrTail: stderr.tail(), ...(error !== undefined && { error: toErrorObject(error) }) });
    };
    child.once("exit", (code, signal) => {
      // At once, while the group's id cannot have been given to another.
      signalGroup(pid, "SIGKILL");
      gone = true;
      clearTimeout(hardly);
      family?.killDescendants();
      family?.forget();
      stdout.hurry();
      // stdout is taken at its reader's pace, also after the end.
      afterLastWords({ pipes: [child.stderr], mostMs: LAST_WORDS_MOST_MS }, () => report(code, signal));
    });
  });

  return {
    pid, stdout, ended,
    stdin: child.stdin,
    async usage() {
      const { bytesRead: bytesIn } = child.stdout as unknown as Socket;
      const { bytesWritten: bytesOut } = child.stdin as unknown as Socket;
      return { ...(gone ? undefined : await meter?.()), bytesIn, bytesOut };
    },
    async stop() {
      const over = Promise.race([wasKilled, ended.then(() => undefined)]);
      if (stopped || gone) return over;
      stopped = true;
      if (relayed && programsInside(pid).length === 0) {
        // There is nobody to ask yet; and a relay that ends while it makes its namespace can leave that behind.
        destroy();
        return over;
      }
      // It may end at once, and then nothing shows any more whose its children were.
      family?.look();
      askToEnd(pid, relayed);
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
