import process from "node:process";
import v8 from "node:v8";

// `import.source(...)` reaches the host's module loader behind the shim's back: a file-existence oracle, and a way
// to block a thread in native code. The engine knows it, and the flag, from Node 24 on. An engine that knows it
// without the flag is caught by the guest's own check at its start.
const PHASE_IMPORTS = "--no-js-source-phase-imports";
const PHASE_IMPORTS_SINCE = 24;

function knowsPhaseImports(): boolean {
  return Number(process.versions.node.split(".")[0]) >= PHASE_IMPORTS_SINCE;
}

/** Node's arguments for a guest in a process of its own: those of the wanted ones that this Node knows. */
export function guestExecArgv(): string[] {
  const known = process.allowedNodeEnvironmentFlags;
  return [
    ...(knowsPhaseImports() ? [PHASE_IMPORTS] : []),
    // SIGUSR1 opens an inspector that any local user can reach; older ones get a handler in the guest.
    ...["--disable-sigusr1", "--no-addons"].filter((flag) => known.has(flag)),
  ];
}

/**
 * Node's own permissions: no files but its own, no programs, no threads. A seat belt, since Node itself says that it does not
 * stop malicious code: it is there for the day when a hole leads out of the Compartment and the system confines nothing.
 */
export function seatBelt(file: string): readonly string[] {
  const known = process.allowedNodeEnvironmentFlags;
  // Older ones print a warning for each use, and ask the file system before every look at a file.
  return known.has("--permission") ? ["--permission", `--allow-fs-read=${file}`] : [];
}

/** The same for threads, whose engine is the host's own: to be called before the first one starts. */
export function disablePhaseImports(): void {
  if (knowsPhaseImports()) v8.setFlagsFromString(PHASE_IMPORTS);
}
