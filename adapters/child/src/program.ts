import type { Writable } from "node:stream";
import type { Limits, LogLevel } from "@sallyport/bus";
import type { Boundary, Confinement, Exit, HostEnd } from "@sallyport/kernel";
import { readFirstLine } from "./first-line.js";
import type { Command } from "./options.js";
import type { Families } from "./proc/families.js";
import { createResident } from "./resident.js";
import { startProcess } from "./start.js";
import { readStderr, type StderrLog } from "./stderr.js";

/** After the exit: so long the pipes may stay open, held by a grandchild outside of the group, ms. */
const LAST_WORDS_MOST_MS = 500;

export interface ProgramOptions {
  readonly limits: Limits;
  /** Gets what it prints on stderr, and what of that was too much. */
  readonly host: Pick<HostEnd, "log" | "limited">;
  readonly confinement?: Confinement;
  readonly families?: Families;
  /** Gives up the start: the program is ended. */
  readonly signal: AbortSignal;
}

/** A program whose pipes are spoken over by whoever started it, in words of their own. */
export interface Program {
  readonly pid: number;
  readonly stdin: Writable;
  /**
   * Its first line on stdout, without the line end; what follows is logged. To be asked for once. Rejects `bad_handshake` for
   * an end without a line and for one longer than `mostBytes`; bytes beyond it are not kept.
   */
  firstLine(mostBytes: number): Promise<string>;
  /** Settles once, when nothing of it is left. Never rejects. */
  readonly exited: Promise<Exit>;
  /** It speaks as it should: from here on an end is no failed start. */
  opened(): void;
  usage: NonNullable<Boundary["usage"]>;
  /** The end of its input, and the polite signal 500 ms later. */
  end(): void;
  /** Ends it now with all that it started; `why` becomes the error of its exit. */
  kill(why?: unknown): Promise<Exit>;
}

/**
 * Starts a program that speaks no frames: its end, its tree, its log and its use are kept as those of one that does.
 * Resolves when the system has executed it; rejects `spawn_failed`, leaving nothing running.
 */
export async function startProgram(command: Command, { limits, host, confinement, families, signal }: ProgramOptions): Promise<Program> {
  const child = await startProcess(command, signal);
  const { pid, stdin, stdout, stderr } = child;
  let out: StderrLog | undefined;
  const resident = createResident(child, command, {
    limits, host, confinement, families, signal,
    lastWords: { pipes: [stdout, stderr], mostMs: LAST_WORDS_MOST_MS },
    over: () => out?.stop(),
  });
  if (signal.aborted) {
    await resident.kill();
    throw signal.reason;
  }
  return {
    pid, stdin,
    firstLine: (mostBytes) => readFirstLine(stdout, mostBytes, () => {
      out = readStderr(stdout, (level: LogLevel, text) => host.log(level, text));
    }),
    exited: resident.exited,
    opened: resident.opened,
    usage: resident.usage,
    end: () => resident.end(() => {
      resident.look();
      stdin.end();
    }),
    // One that has exited ended by itself.
    kill: (why) => (resident.gone() ? resident.exited : resident.kill(why)),
  };
}
