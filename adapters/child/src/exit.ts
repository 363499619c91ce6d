import { SallyportError, toErrorObject } from "@sallyport/bus";
import type { Exit } from "@sallyport/kernel";

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
}

const NO_MEMORY = /heap out of memory|out of memory|OutOfMemoryError|MemoryError|std::bad_alloc|cannot allocate memory|memory allocation of \d+ bytes failed/i;

export function describeExit(facts: EndFacts): Exit {
  const { code, signal, tail, killed } = facts;
  const error = facts.error ?? (killed ? undefined : startFailure(facts) ?? (code === 0 ? facts.cutShort : undefined));
  return {
    ...(code !== null && { exitCode: code }),
    ...(signal !== null && { signal }),
    ...(!killed && ranOutOfMemory(code, signal, tail) && { oom: true }),
    stderrTail: tail,
    ...(error !== undefined && { error: toErrorObject(error) }),
  };
}

/** 137 and SIGKILL are what the kernel's own out-of-memory killer leaves behind; nothing tells them from another's kill. */
function ranOutOfMemory(code: number | null, signal: string | null, tail: readonly string[]): boolean {
  if (signal === "SIGKILL" || code === 137) return true;
  return (code !== 0 || signal !== null) && tail.some((line) => NO_MEMORY.test(line));
}

/** Shells and `env` answer 126 and 127 when there is nothing to run. */
function startFailure({ code, opened, program, tail }: EndFacts): SallyportError | undefined {
  if (opened || (code !== 126 && code !== 127)) return undefined;
  const said = tail.at(-1);
  return new SallyportError("spawn_failed", `${program} could not run its interpreter${said === undefined ? "" : `: ${said}`}`, {
    help: "Install the program that its first line (#!) names, or name another in the manifest's \"command\".",
    data: { program, exitCode: code },
  });
}
