import { constants } from "node:os";
import { LIMITS, SallyportError, toErrorObject, type Limits } from "@sallyport/bus";
import type { Confinement, Exit } from "@sallyport/kernel";

/** What is known of an end when it is time to report it. */
export interface EndFacts {
  readonly code: number | null;
  readonly signal: string | null;
  readonly tail: readonly string[];
  /** The host ended it. */
  readonly killed: boolean;
  /** Why the host gave up on it. */
  readonly error: unknown;
  /** stdout ended in the middle of a handshake or a frame. */
  readonly cutShort: unknown;
  readonly opened: boolean;
  readonly program: string;
  /** What ended is a relay in front of the program. */
  readonly relayed: boolean;
  readonly confinement: Confinement | undefined;
  readonly limits: Limits;
}

const NO_MEMORY = /heap out of memory|out of memory|OutOfMemoryError|MemoryError|std::bad_alloc|cannot allocate memory|failed to allocate memory|array buffer allocation failed|memory allocation of \d+ bytes failed/i;

export function describeExit(facts: EndFacts): Exit {
  const { tail, killed } = facts;
  const { code, signal } = throughRelay(facts);
  const oom = !killed && ranOutOfMemory(code, signal, tail);
  const error = facts.error ?? (killed ? undefined : limitReached(facts, signal, oom) ?? startFailure(facts) ?? (code === 0 ? facts.cutShort : undefined));
  return {
    ...(code !== null && { exitCode: code }),
    ...(signal !== null && { signal }),
    ...(oom && { oom: true }),
    ...(facts.confinement && { profile: facts.confinement.profile }),
    stderrTail: tail,
    ...(error !== undefined && { error: toErrorObject(error) }),
  };
}

/** Shells have made a custom of it: 128 and the number of the signal. */
function throughRelay({ code, signal, relayed }: EndFacts): Pick<EndFacts, "code" | "signal"> {
  if (!relayed || code === null || code <= 128) return { code, signal };
  const name = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return name === undefined ? { code, signal } : { code: null, signal: name };
}

/** The system's signals for two limits are nobody else's; of memory only the program's own last words tell. */
function limitReached({ confinement, limits, program, tail, code }: EndFacts, signal: string | null, oom: boolean): SallyportError | undefined {
  const reached = (limit: "cpuSeconds" | "fileMb" | "memoryMb", what: string): SallyportError =>
    new SallyportError(LIMITS[limit].code, `${program} ${what} (limits.${limit} is ${limits[limit]})`, { data: { limit, allowed: limits[limit] } });
  if (confinement === undefined || confinement.profile === "none") return undefined;
  if (signal === "SIGXCPU") return reached("cpuSeconds", "used up its CPU time");
  if (signal === "SIGXFSZ") return reached("fileMb", "wrote too large a file");
  const said = tail.some((line) => NO_MEMORY.test(line));
  return oom && said && (code !== 0 || signal !== null) ? reached("memoryMb", "ran out of memory") : undefined;
}

/** 137 and SIGKILL are what the kernel's own out-of-memory killer leaves behind; nothing tells them from another's kill. */
function ranOutOfMemory(code: number | null, signal: string | null, tail: readonly string[]): boolean {
  if (signal === "SIGKILL" || code === 137) return true;
  return (code !== 0 || signal !== null) && tail.some((line) => NO_MEMORY.test(line));
}

const KEPT_OUT = /permission denied|operation not permitted|no such file|cannot find (module|package)|no module named|EACCES|ENOENT/i;

/** Shells and `env` answer 126 and 127 when there is nothing to run; what a sandbox hides is missed in every program's own words. */
function startFailure({ code, opened, program, tail, confinement }: EndFacts): SallyportError | undefined {
  if (opened) return undefined;
  const missed = confinement?.profile === "strict" && code !== 0 ? tail.findLast((line) => KEPT_OUT.test(line)) : undefined;
  if (missed !== undefined) {
    return new SallyportError("spawn_failed", `${program} could not start in its sandbox: ${missed}`, {
      help: "If it should have that: state it in `permissions` of its manifest and grant it in those of the config: `read` and `write` for files, `run` for programs, `net` for addresses.",
      data: { program, exitCode: code },
    });
  }
  if (code !== 126 && code !== 127) return undefined;
  const said = tail.at(-1);
  return new SallyportError("spawn_failed", `${program} could not run its interpreter${said === undefined ? "" : `: ${said}`}`, {
    help: "Install the program that its first line (#!) names, or name another in the manifest's \"command\".",
    data: { program, exitCode: code },
  });
}
