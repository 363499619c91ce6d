import { createRate, isSallyportError, SallyportError, type Limits, type LogLevel, type Usage } from "@sallyport/bus";
import { childEnvironment, createRuns, type Run, type RunOptions } from "@sallyport/child";
import type { HostEnd, OpenRequest } from "@sallyport/kernel";
import type { Confined, Sandbox } from "@sallyport/sandbox";
import type { Plan } from "./plan.js";
import type { Settings } from "./settings.js";

/** What the calls of one instance share. */
export interface Instance {
  readonly limits: Limits;
  /** How the program of a plan would be started. Rejects as `Sandbox.confine`. */
  confine(plan: Plan, args: readonly string[], signal: AbortSignal): Promise<Confined>;
  /** Rejects with what a call can fail with, leaving nothing running. */
  start(plan: Plan, args: readonly string[], options: RunOptions): Promise<Run>;
  log(level: LogLevel, text: string): void;
  dropped(lines: number): void;
  /** Counts what was printed, and answers how long to wait before more is read, ms. */
  restMs(bytes: number): number;
  /** Says so to the host too. */
  tooLarge(method: string, what: string): SallyportError;
  /** A limit that the system keeps was reached. */
  limited(limit: keyof Limits): void;
  usage(): Promise<Usage>;
  /** Ends every process, and waits until what was made for them is gone. */
  end(): Promise<void>;
}

export function createInstance(request: OpenRequest, files: ReadonlyMap<string, string>, settings: Settings, host: HostEnd, sandbox: Sandbox): Instance {
  const { source, limits, permissions } = request;
  const runs = createRuns();
  const rate = createRate(limits.bytesPerSecond);
  const releasing = new Set<Promise<void>>();

  function confine(plan: Plan, args: readonly string[], signal: AbortSignal): Promise<Confined> {
    const program = files.get(plan.program) ?? plan.program;
    const wish = { plugin: source.name, cwd: settings.cwd === "private" ? undefined : source.root, env: childEnvironment(), own: [source.root], limits, permissions, choice: request.sandbox, signal };
    const { env } = settings;
    if (env === undefined) return sandbox.confine({ ...wish, argv: [program, ...args] });
    // Inside the sandbox: what a manifest says must not be the environment of what confines it.
    const set = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    return sandbox.confine({ ...wish, argv: ["env", ...set, program, ...args], through: [program] });
  }

  return {
    limits, confine,
    async start(plan, args, options) {
      try {
        const confined = await confine(plan, args, options.signal);
        try {
          const run = await runs.start(confined, { ...options, confinement: confined.confinement });
          const released = run.ended.then(confined.release).finally(() => releasing.delete(released));
          releasing.add(released);
          return run;
        } catch (error) {
          await confined.release();
          throw error;
        }
      } catch (error) {
        throw reportable(plan, error);
      }
    },
    log: (level, text) => host.log(level, text),
    dropped: (lines) => host.limited?.("logLines", lines, lines),
    restMs(bytes) {
      const waitMs = rate.spend(performance.now(), bytes);
      if (waitMs > 0) host.limited?.("bytesPerSecond", limits.bytesPerSecond + 1);
      return waitMs;
    },
    tooLarge(method, what) {
      host.limited?.("frameBytes", limits.frameBytes + 1);
      return new SallyportError("resource_exhausted", `the program of ${method} ${what} than ${limits.frameBytes} bytes (limits.frameBytes) and was ended`, {
        help: 'Raise limits.frameBytes (at most 16 MiB), let it print less, or say "stdout": "lines" to take it as a stream.', data: { limit: "frameBytes", allowed: limits.frameBytes },
      });
    },
    limited: (limit) => host.limited?.(limit, limits[limit]),
    usage: () => runs.usage(),
    async end() {
      await runs.end();
      await Promise.all(releasing);
    },
  };
}

const SCARCE = new Set(["EMFILE", "EAGAIN", "ENOMEM"]);

/** About starting a plugin there are codes that only hosts use; of a call it is said in those that everybody has. */
function reportable({ method }: Plan, error: unknown): unknown {
  if (!isSallyportError(error)) return error;
  const { code, message, help, path } = error;
  const { reason, program } = (error.data ?? {}) as { readonly reason?: string; readonly program?: string };
  if (code !== "spawn_failed" && code !== "sandbox_unavailable") return error;
  const scarce = reason !== undefined && SCARCE.has(reason);
  return new SallyportError(scarce ? "resource_exhausted" : "failed_precondition", `${method} could not start its program: ${message}`, {
    help, retryable: scarce, ...(path !== undefined && { path }), data: { program, reason }, cause: error,
  });
}
