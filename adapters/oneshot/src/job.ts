import type { LogLevel } from "@sallyport/bus";
import type { Run, RunEnd } from "@sallyport/child";
import type { Context } from "@sallyport/plugin";
import { bind } from "./bind.js";
import { feed } from "./feed.js";
import type { Instance } from "./instance.js";
import type { Plan } from "./plan.js";

/** One call's process, from its start to its end. */
export interface Job {
  readonly plan: Plan;
  /** What it prints, no faster than the plugin may send. */
  chunks(): AsyncGenerator<Uint8Array, void, void>;
  /** What it wrote to stderr, if that is part of the answer. */
  readonly stderr: readonly Uint8Array[];
  /** Its end. Rejects with the reason if it was ended, or if the answer is too large. */
  ended(): Promise<RunEnd>;
  /** Ends what is left, and waits for it. Never rejects. */
  release(): Promise<void>;
}

/** Starts the program of one call. Rejects leaving nothing running. */
export async function startJob(instance: Instance, plan: Plan, params: unknown, context: Context): Promise<Job> {
  const { args, input } = bind(plan, params);
  const { signal } = context;
  const starting = new AbortController();
  let run: Run | undefined;
  let tellCancelled: () => void = () => {};
  const cancelled = new Promise<void>((resolve) => (tellCancelled = resolve));
  const onAbort = (): void => {
    starting.abort(signal.reason);
    void run?.stop();
    tellCancelled();
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  let failure: unknown;
  const fail = (error: unknown): void => {
    failure ??= error;
    run?.kill();
  };
  const stderr: Uint8Array[] = [];
  let stderrBytes = 0;
  const keepsStderr = plan.stdout === "result";
  const takeStderr = (chunk: Uint8Array): void => {
    stderrBytes += chunk.byteLength;
    if (stderrBytes > instance.limits.frameBytes) fail(instance.tooLarge(plan.method, "wrote more to stderr"));
    else stderr.push(chunk);
  };
  try {
    run = await instance.start(plan, args, {
      limits: instance.limits,
      signal: starting.signal,
      // What is part of the answer is no log as well.
      log: (level: LogLevel, text: string) => (keepsStderr ? undefined : instance.log(level, text)),
      dropped: (lines) => (keepsStderr ? undefined : instance.dropped(lines)),
      ...(keepsStderr && { stderr: takeStderr }),
    });
  } catch (error) {
    signal.removeEventListener("abort", onAbort);
    throw signal.aborted ? signal.reason : error;
  }
  const { stdin, stdout } = run;
  if (signal.aborted) void run.stop();
  const fed = plan.stdin.kind === "lines" ? feed(stdin, context.input, run.ended).catch(fail) : void stdin.end(input ?? "");

  return {
    plan, stderr,
    async *chunks() {
      for (let chunk = await stdout.next(); chunk !== undefined; chunk = await stdout.next()) {
        const restMs = instance.restMs(chunk.byteLength);
        if (restMs > 0) await rest(restMs, starting.signal);
        yield chunk;
      }
    },
    async ended() {
      const running = run as Run;
      const end = await Promise.race([running.ended, cancelled.then(() => running.stop())]);
      // What is being killed by now is waited for by the instance, not by the caller.
      if (signal.aborted || end === undefined) throw signal.reason;
      await fed;
      if (failure !== undefined) throw failure;
      return end;
    },
    async release() {
      signal.removeEventListener("abort", onAbort);
      // One that was cancelled is being asked politely.
      if (signal.aborted) await run?.stop();
      else {
        run?.kill();
        await run?.ended;
      }
      // Also of one that has ended by itself and was not heard out.
      stdout.close();
    },
  };
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
