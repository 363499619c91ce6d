import { SallyportError } from "@sallyport/bus";
import type { Boundary } from "@sallyport/kernel";
import { createBoundary } from "./boundary.js";
import { signalGroup } from "./group.js";
import type { ChildOptions, Command, Talk } from "./options.js";
import { startProcess } from "./start.js";

/** A program that runs and that nobody talks to yet. What it prints waits in its pipes. */
export interface Started extends AsyncDisposable {
  /** Resolves when it has ended. */
  readonly gone: Promise<void>;
  /** Makes a plugin of it, once. The host's event loop stays alive for it from here on. */
  open(talk: Talk): Promise<Boundary>;
  /** Lets the host end although it runs; it ends with the host, at the end of its input. */
  unref(): void;
}

/**
 * Starts a program that speaks frames over stdin and stdout. Resolves when the system has executed it.
 * Rejects `spawn_failed`, or with the signal's reason, leaving nothing running.
 *
 * Call it from the main thread: where the system ties a child's life to its parent, it is tied to the thread.
 */
export async function startChild(command: Command, signal: AbortSignal): Promise<Started> {
  const child = await startProcess(command, signal);
  const pipes = [child.stdin, child.stdout, child.stderr];
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const kill = async (): Promise<void> => {
    // Whoever waits for the end must live to see it.
    child.ref();
    if (!ended()) signalGroup(child.pid, "SIGKILL");
    await gone;
    for (const pipe of pipes) pipe.destroy();
  };
  if (signal.aborted) {
    await kill();
    throw signal.reason;
  }
  return {
    gone,
    async open(talk) {
      // Its end has been told, to nobody: a boundary would wait for it for ever.
      if (ended()) throw new SallyportError("spawn_failed", `${command.argv[0]} ended before it was used`);
      for (const handle of [child, ...pipes]) handle.ref();
      const boundary = createBoundary(child, command, talk);
      if (!talk.signal.aborted) return boundary;
      await boundary.kill();
      throw talk.signal.reason;
    },
    unref() {
      for (const handle of [child, ...pipes]) handle.unref();
    },
    [Symbol.asyncDispose]: kill,
  };
}

/**
 * Starts a plugin's process: its handshake and hello follow through `host`, and what is wrong with them is the
 * `error` of its exit: `bad_handshake`, `version_mismatch`, `protocol_violation`, `frame_too_large`, `stuck`,
 * `spawn_failed`. A live child keeps the host's event loop alive until it ends or is killed.
 */
export async function spawnChild(options: ChildOptions): Promise<Boundary> {
  const started = await startChild(options, options.signal);
  return started.open(options);
}
