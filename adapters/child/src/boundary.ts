import type { ChildProcessWithoutNullStreams } from "node:child_process";
import type { Socket } from "node:net";
import { availableParallelism } from "node:os";
import {
  boundsOf, createLookout, jsonCodec, msgpackCodec, patientTimeout, SallyportError, systemClock,
  type PatientTimer,
} from "@sallyport/bus";
import type { Boundary, Exit } from "@sallyport/kernel";
import { describeExit } from "./exit.js";
import { askToEnd, signalGroup } from "./group.js";
import { createInbound } from "./inbound.js";
import { afterLastWords } from "./last-words.js";
import type { Command, Talk } from "./options.js";
import { createOutbound } from "./outbound.js";
import { createFamilies } from "./proc/families.js";
import { createMeter } from "./proc/usage.js";
import { readStderr } from "./stderr.js";

/** Between closing stdin and the polite signal, ms. */
const TERM_AFTER_MS = 500;
/** A plugin that closes a pipe is mostly about to exit: so long the exit code is waited for, ms. */
const CLOSED_PIPE_MS = 500;
/** After the exit: so long pipes that somebody holds open are listened to at most, ms. */
const LAST_WORDS_MOST_MS = 2000;

/** A running child as a boundary: one place for all the ways in which it can end. */
export function createBoundary(child: ChildProcessWithoutNullStreams, pid: number, command: Command, options: Talk): Boundary {
  const { host, limits, signal, confinement } = options;
  const program = command.program ?? command.argv[0] ?? "";
  const relayed = command.relayed ?? false;
  const clock = systemClock();
  const timers = new Set<PatientTimer>();
  let error: unknown;
  let cutShort: unknown;
  let killed = false;
  let ending = false;
  let opened = false;
  let gone = false;
  let reported = false;
  const post = (options.lookout ?? createLookout(availableParallelism())).post();
  /** Requests that the plugin has not answered; what it says counts for no more than a moment's look. */
  let openCalls = 0;
  const family = process.platform === "linux" ? (options.families ?? createFamilies()).follow(pid) : undefined;
  const meter = family && createMeter(family, limits.memoryMb * 2 ** 20);
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
  const destroy = (): void => {
    killed = true;
    inbound.stop();
    outbound.stop();
    if (gone) return;
    if (family !== undefined) {
      // It must start nothing while its tree is being looked at.
      signalGroup(pid, "SIGSTOP");
      family.killDescendants();
    }
    signalGroup(pid, "SIGKILL");
  };
  const giveUp = (why: unknown): void => {
    if (gone || killed) return;
    error = why;
    destroy();
  };
  /** Half a plugin is of no use; but one that is on its way out deserves its own exit code. */
  const pipeClosed = (why: unknown): void => {
    if (!ending && !gone) later(CLOSED_PIPE_MS, () => giveUp(why));
  };
  /** As long as the plugin owes an answer, it may be worth looking out for it. */
  const due = (): void => {
    if (openCalls > 0) post.expect();
    else post.rest();
  };
  const onAbort = (): void => destroy();
  const started = (): void => signal.removeEventListener("abort", onAbort);

  const inbound = createInbound({
    stdout: child.stdout,
    codecs: options.codecs ?? [jsonCodec, msgpackCodec],
    bytesPerSecond: limits.bytesPerSecond,
    rested: () => host.limited?.("bytesPerSecond", limits.bytesPerSecond + 1),
    receive(frame) {
      if ((frame.t === "res" || frame.t === "err") && openCalls > 0) openCalls--;
      host.receive(frame);
    },
    came: post.met,
    took: due,
    opened() {
      opened = true;
      started();
    },
    failed: giveUp,
    ended(thrown) {
      cutShort = thrown;
      pipeClosed(thrown ?? new SallyportError("protocol_violation", "the plugin closed its stdout and lives on", { help: "Keep stdout open until the process exits." }));
    },
  });
  const outbound = createOutbound({
    stdin: child.stdin,
    limits,
    stallMs: options.stallMs ?? 10_000,
    wrote: due,
    excused: () => inbound.resting(),
    drained: () => host.drained(),
    stuck: giveUp,
  });
  const stderr = readStderr(child.stderr, (level, text) => {
    if (!reported) host.log(level, text);
  }, (lines) => {
    if (!reported) host.limited?.("logLines", lines, lines);
  });

  const report = (code: number | null, exitSignal: string | null): void => {
    if (reported) return;
    for (const timer of timers) timer.clear();
    started();
    inbound.stop();
    outbound.stop();
    post.rest();
    stderr.stop();
    reported = true;
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    settle(describeExit({ code, signal: exitSignal, tail: stderr.tail(), killed, error, cutShort, opened, program, relayed, confinement, limits }));
  };

  child.stdin.on("error", () => {
    outbound.stop();
    pipeClosed(new SallyportError("protocol_violation", "the plugin closed its stdin and lives on: no call can reach it", { help: "Keep stdin open and read it until its end." }));
  });
  child.once("exit", (code, exitSignal) => {
    // At once, while the group's id cannot have been given to another.
    signalGroup(pid, "SIGKILL");
    gone = true;
    inbound.hurry();
    family?.killDescendants();
    family?.forget();
    afterLastWords({ pipes: [child.stdout, child.stderr], mostMs: LAST_WORDS_MOST_MS, idle: () => inbound.idle() }, () => report(code, exitSignal));
  });

  signal.addEventListener("abort", onAbort, { once: true });
  if (options.prelude !== undefined) outbound.prelude(options.prelude);

  const kill = (): Promise<Exit> => {
    if (!killed) destroy();
    return exited;
  };
  return {
    label: `pid ${pid}`,
    ...(confinement && { confinement }),
    exited,
    async usage() {
      if (gone) return undefined;
      const { bytesRead: bytesIn } = child.stdout as unknown as Socket;
      const { bytesWritten: bytesOut } = child.stdin as unknown as Socket;
      return { ...(await meter?.()), bytesIn, bytesOut };
    },
    send(frame) {
      const codec = inbound.codec();
      // Before the handshake there is no codec, and nothing that a host has to say.
      if (codec === undefined || killed || gone) return true;
      // It may leave at once, and then nothing shows any more whose its children were.
      if (frame.t === "bye") family?.look();
      const more = outbound.send(codec, frame);
      if (frame.t === "req") openCalls++;
      // The host's hello tells the plugin how large its frames may be: from here on they may be.
      if (frame.t === "hello") inbound.allow(limits.frameBytes, boundsOf(limits));
      return more;
    },
    end() {
      if (ending || gone || killed) return;
      ending = true;
      outbound.end();
      later(TERM_AFTER_MS, () => {
        if (!gone) askToEnd(pid, relayed);
      });
    },
    kill,
    async [Symbol.asyncDispose]() {
      await kill();
    },
  };
}
