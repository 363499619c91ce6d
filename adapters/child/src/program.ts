import type { Readable, Writable } from "node:stream";
import type { Socket } from "node:net";
import { patientTimeout, systemClock, SallyportError, type Limits, type LogLevel, type PatientTimer } from "@sallyport/bus";
import type { Boundary, Confinement, Exit, HostEnd } from "@sallyport/kernel";
import { describeExit } from "./exit.js";
import { askToEnd, signalGroup } from "./group.js";
import { afterLastWords } from "./last-words.js";
import type { Command } from "./options.js";
import { createFamilies, type Families } from "./proc/families.js";
import { createMeter } from "./proc/usage.js";
import { startProcess } from "./start.js";
import { readStderr, type StderrLog } from "./stderr.js";

/** Between closing stdin and the polite signal, ms. */
const TERM_AFTER_MS = 500;
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
export async function startProgram(command: Command, options: ProgramOptions): Promise<Program> {
  const { limits, host, confinement, signal } = options;
  const child = await startProcess(command, signal);
  const { pid } = child;
  if (pid === undefined) throw new SallyportError("spawn_failed", `${command.argv[0]} was started without a process id`);
  const clock = systemClock();
  const timers = new Set<PatientTimer>();
  const family = process.platform === "linux" ? (options.families ?? createFamilies()).follow(pid) : undefined;
  const meter = family && createMeter(family, limits.memoryMb * 2 ** 20);
  let error: unknown;
  let killed = false;
  let ending = false;
  let opened = false;
  let gone = false;
  let settle: (exit: Exit) => void = () => {};
  const exited = new Promise<Exit>((resolve) => {
    settle = resolve;
  });
  const later = (ms: number, run: () => void): void => {
    const timer = patientTimeout(clock, () => {
      timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
  };
  let reported = false;
  const say = (level: LogLevel, text: string): void => {
    if (!reported) host.log(level, text);
  };
  const stderr = readStderr(child.stderr, say, (lines) => host.limited?.("logLines", lines, lines));
  let out: StderrLog | undefined;

  const report = (code: number | null, exitSignal: string | null): void => {
    if (reported) return;
    for (const timer of timers) timer.clear();
    signal.removeEventListener("abort", onAbort);
    stderr.stop();
    out?.stop();
    reported = true;
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    settle(describeExit({
      code, signal: exitSignal, tail: stderr.tail(), killed, error, cutShort: undefined, opened, confinement, limits,
      program: command.program ?? command.argv[0] ?? "", relayed: command.relayed ?? false,
    }));
  };
  const kill = (why?: unknown): Promise<Exit> => {
    if (gone || killed) return exited;
    error = why;
    killed = true;
    if (family !== undefined) {
      // It must start nothing while its tree is being looked at.
      signalGroup(pid, "SIGSTOP");
      family.killDescendants();
    }
    signalGroup(pid, "SIGKILL");
    return exited;
  };
  const onAbort = (): void => void kill();

  child.once("exit", (code, exitSignal) => {
    // At once, while the group's id cannot have been given to another.
    signalGroup(pid, "SIGKILL");
    gone = true;
    family?.killDescendants();
    family?.forget();
    afterLastWords({ pipes: [child.stdout, child.stderr], mostMs: LAST_WORDS_MOST_MS }, () => report(code, exitSignal));
  });
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) {
    await kill();
    throw signal.reason;
  }
  return {
    pid,
    stdin: child.stdin,
    firstLine: (mostBytes) => firstLine(child.stdout, mostBytes, () => {
      out = readStderr(child.stdout, say);
    }),
    exited,
    opened() {
      opened = true;
      signal.removeEventListener("abort", onAbort);
    },
    async usage() {
      if (gone) return undefined;
      const [out, into] = [child.stdout, child.stdin] as unknown as readonly [Socket, Socket];
      return { ...(await meter?.()), bytesIn: out.bytesRead, bytesOut: into.bytesWritten };
    },
    end() {
      if (ending || gone || killed) return;
      ending = true;
      // It may leave at once, and then nothing shows any more whose its children were.
      family?.look();
      child.stdin.end();
      later(TERM_AFTER_MS, () => {
        if (!gone) askToEnd(pid, command.relayed ?? false);
      });
    },
    kill,
  };
}

const EXCERPT_BYTES = 80;

function firstLine(stdout: Readable, mostBytes: number, then: () => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen: Uint8Array = new Uint8Array(0);
    const stop = (): void => {
      stdout.off("data", take);
      stdout.off("close", over);
      stdout.pause();
    };
    const over = (): void => {
      stop();
      reject(seen.byteLength === 0 ? new SallyportError("bad_handshake", "the plugin closed its output without writing anything") : new SallyportError("bad_handshake", `the plugin wrote no line, but "${quote(seen)}"`));
    };
    const take = (chunk: Uint8Array): void => {
      const end = chunk.indexOf(10);
      const part = end < 0 ? chunk : chunk.subarray(0, end);
      if (seen.byteLength + part.byteLength > mostBytes) {
        seen = Buffer.concat([seen, part.subarray(0, EXCERPT_BYTES)]);
        return over();
      }
      seen = Buffer.concat([seen, part]);
      if (end < 0) return;
      stop();
      const rest = chunk.subarray(end + 1);
      if (rest.byteLength > 0) stdout.unshift(rest);
      then();
      resolve(Buffer.from(seen).toString("latin1").replace(/\r$/, ""));
    };
    stdout.on("data", take);
    stdout.once("close", over);
  });
}

/** Printable ASCII as it is, the rest as `\xNN`: what a plugin printed must not drive the reader's terminal. */
function quote(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, EXCERPT_BYTES), (byte) => (byte >= 0x20 && byte < 0x7f && byte !== 0x5c ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`)).join("");
}
