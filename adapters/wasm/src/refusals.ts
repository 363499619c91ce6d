import { SallyportError, toErrorObject } from "@sallyport/bus";
import type { Boundary, Exit, HostEnd, PluginSource } from "@sallyport/kernel";
import { EXIT_OTHER_ABI, EXIT_REFUSED } from "./cell/head.js";

const CODES: Readonly<Record<number, "spawn_failed" | "version_mismatch">> = { [EXIT_REFUSED]: "spawn_failed", [EXIT_OTHER_ABI]: "version_mismatch" };

/** Hears whether a module was refused by its cell, and makes the reason of its end of what the cell said last. */
export interface Refusals {
  readonly host: HostEnd;
  of(boundary: Boundary): Boundary;
}

export function listenForRefusals(host: HostEnd, { name, entry }: PluginSource): Refusals {
  // A program of its own could end with the same code, once it runs.
  let runs = false;
  const explained = (exit: Exit): Exit => {
    const said = exit.stderrTail?.at(-1);
    const code = CODES[exit.exitCode ?? -1];
    if (runs || code === undefined || said === undefined) return exit;
    const error = new SallyportError(code, `${entry} is not a module that can run: ${said}`, { plugin: name, help: "Build it again, by adapters/wasm/ABI.md.", data: { program: entry, reason: "module" } });
    return { ...exit, error: toErrorObject(error) };
  };
  return {
    host: {
      receive(frame) {
        runs = true;
        host.receive(frame);
      },
      log: (level, text) => host.log(level, text),
      limited: (limit, used, times) => host.limited?.(limit, used, times),
      drained: () => host.drained(),
    },
    of(boundary) {
      const exited = boundary.exited.then(explained);
      return { ...boundary, exited, kill: () => boundary.kill().then(explained) };
    },
  };
}
