import type { Limits, LogLevel, Usage } from "@sallyport/bus";
import type { Confinement, Exit } from "@sallyport/kernel";
import { describeExit, type EndFacts } from "./exit.js";
import { askToEnd, signalGroup } from "./group.js";
import { afterLastWords, type Listening } from "./last-words.js";
import type { Command } from "./options.js";
import { createFamilies, type Families } from "./proc/families.js";
import { createMeter } from "./proc/usage.js";
import type { Child } from "./start.js";
import { readStderr } from "./stderr.js";

/** What is the same in the life of every child, whatever is on its pipes and whatever ends it: its tree, its use, its stderr, its exit. */
export interface Life {
  /** It has exited. Its pipes may still hold something. */
  gone(): boolean;
  /** After its exit only the bytes. */
  usage(): Promise<Usage>;
  /** Notes whose its processes are. It may leave as soon as it is told to, and then nothing shows that any more. */
  look(): void;
  /** The polite signal. */
  ask(): void;
  /** Ends it now, with all that it started. Once. */
  kill(): void;
}

export interface LifeOptions {
  readonly limits: Limits;
  readonly confinement: Confinement | undefined;
  readonly families: Families | undefined;
  readonly lastWords: Listening;
  log(level: LogLevel, text: string): void;
  /** So many lines of stderr were dropped in a second. */
  dropped?: ((lines: number) => void) | undefined;
  /** It has exited; its last words are waited for. */
  exited?(): void;
  /** Nothing comes from it any more. `tell`, once: logs what is left of stderr, and says how it ended. */
  over(tell: (known: WhyEnded) => Exit): void;
}

/** What only the owner of a child knows of its end. */
export type WhyEnded = Pick<EndFacts, "killed" | "error" | "cutShort" | "opened">;

export function createLife(child: Child, command: Command, { limits, confinement, families = createFamilies(), ...owner }: LifeOptions): Life {
  const { pid } = child;
  const program = command.program ?? command.argv[0] ?? "";
  const relayed = command.relayed ?? false;
  const family = process.platform === "linux" ? families.follow(pid) : undefined;
  const meter = family && createMeter(family, limits.memoryMb * 2 ** 20);
  const stderr = readStderr(child.stderr, owner.log, owner.dropped);
  let gone = false;
  let killed = false;

  child.once("exit", (code, signal) => {
    // At once, while the group's id cannot have been given to another.
    signalGroup(pid, "SIGKILL");
    gone = true;
    family?.killDescendants();
    family?.forget();
    owner.exited?.();
    afterLastWords(owner.lastWords, () => owner.over((known) => {
      stderr.stop();
      return describeExit({ ...known, code, signal, tail: stderr.tail(), program, relayed, confinement, limits });
    }));
  });

  return {
    gone: () => gone,
    async usage() {
      const { stdout: { bytesRead: bytesIn }, stdin: { bytesWritten: bytesOut } } = child;
      return { ...(gone ? undefined : await meter?.()), bytesIn, bytesOut };
    },
    look: () => family?.look(),
    ask: () => askToEnd(pid, relayed),
    kill() {
      if (gone || killed) return;
      killed = true;
      if (family !== undefined) {
        // It must start nothing while its tree is being looked at.
        signalGroup(pid, "SIGSTOP");
        family.killDescendants();
      }
      signalGroup(pid, "SIGKILL");
    },
  };
}
