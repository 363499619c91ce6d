import type { Boundary, HostEnd, PluginSource } from "@sallyport/kernel";
import { readFiles, type Files } from "./files.js";
import { SCRIPT_TOPIC } from "./head.js";

/**
 * A boundary whose next call runs the files as they are then: before each request the files are looked at, and what changed goes
 * ahead of it on the same wire. The cell keeps what it runs until the new script has loaded and started.
 */
export function keepFresh(boundary: Boundary, source: PluginSource, loaded: Files, host: HostEnd): Boundary {
  let files = loaded;
  let told = "";

  function look(): void {
    if (!files.changed()) return;
    try {
      files = readFiles(source);
      boundary.send({ t: "ev", m: SCRIPT_TOPIC, p: files.sources });
      told = "";
    } catch (problem) {
      // An editor may be in the middle of writing; the next call looks again.
      const text = `the changed files of '${source.name}' cannot be run, the ones before stay: ${(problem as Error).message}`;
      if (text !== told) host.log("error", text);
      told = text;
    }
  }

  return {
    label: boundary.label,
    ...(boundary.confinement && { confinement: boundary.confinement }),
    ...(boundary.usage && { usage: boundary.usage.bind(boundary) }),
    exited: boundary.exited,
    send(frame, given) {
      if (frame.t === "req") look();
      return boundary.send(frame, given);
    },
    end: () => boundary.end(),
    kill: () => boundary.kill(),
    [Symbol.asyncDispose]: () => boundary[Symbol.asyncDispose](),
  };
}
