import process from "node:process";
import type { Limits } from "@sallyport/bus";

/** What a mode runs in its cells: a file of its own, which takes the plugin from the prelude. */
export interface CellProgram {
  /** Absolute; complete in itself, since a cell reads nothing else. */
  readonly file: string;
  /** Flags of Node's beside those that every cell gets. */
  readonly flags?: readonly string[];
  /** Files and folders of ours that it reads beside `file`. */
  readonly reads?: readonly string[];
  /** It loads native code into its process. */
  readonly addons?: boolean;
  /** It has threads and temporary files of its own and, where a plugin is permitted to run anything, processes. */
  readonly company?: boolean;
  /** What keeps its plugin from files, network and other processes by itself, in a few words for people; the system is a second wall then. */
  readonly keeps?: string;
}

/** What a plugin of its own needs of the system, beside the program. */
export interface CellNeeds {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/** Node's command line: what bounds the heap, and those of the flags that this Node knows. `memoryMb` bounds no buffers. */
export function commandOf({ file, flags = [], reads = [], addons = false, company = false }: CellProgram, needs: CellNeeds, limits: Pick<Limits, "memoryMb">): readonly string[] {
  const known = process.allowedNodeEnvironmentFlags;
  // SIGUSR1 opens an inspector that any local user can reach; older ones get a handler in the program.
  const own = ["--disable-sigusr1", ...(addons ? [] : ["--no-addons"])].filter((flag) => known.has(flag));
  // Node's own permissions: no files but these, no programs, no threads. A seat belt, since Node itself says that it does not stop
  // malicious code; older ones print a warning for each use, and ask the file system before every look at a file.
  const belt = known.has("--permission")
    ? ["--permission", ...[file, ...reads, ...needs.read, ...needs.write].map((path) => `--allow-fs-read=${path}`), ...needs.write.map((path) => `--allow-fs-write=${path}`),
      ...(addons ? ["--allow-addons"] : []), ...(company ? ["--allow-child-process", "--allow-worker"] : []),
      // Each of these flags prints a warning, which would be the plugin's first words.
      ...(addons || company ? ["--disable-warning=SecurityWarning"] : [])]
    : [];
  return [process.execPath, ...own, ...flags, ...belt, `--max-old-space-size=${limits.memoryMb}`, file];
}
