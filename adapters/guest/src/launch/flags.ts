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

/** Node's arguments for a guest in a process of its own, beside those that every cell gets. */
export function guestFlags(): readonly string[] {
  return knowsPhaseImports() ? [PHASE_IMPORTS] : [];
}

/** The same for threads, whose engine is the host's own: to be called before the first one starts. */
export function disablePhaseImports(): void {
  if (knowsPhaseImports()) v8.setFlagsFromString(PHASE_IMPORTS);
}
