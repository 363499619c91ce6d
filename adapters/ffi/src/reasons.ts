import { toErrorObject, type ErrorObject } from "@sallyport/bus";
import type { Boundary, Exit, HostEnd, PluginSource } from "@sallyport/kernel";
import { asError, readRefusal, type Refusal } from "./refusal.js";

/** With which a cell ends that refuses its library. */
const EXIT_FAULT = 70;

/** Listens to what a cell says of its library, and makes the reason of its end of it. */
export interface Reasons {
  readonly host: HostEnd;
  of(boundary: Boundary): Boundary;
}

export function listenForReasons(host: HostEnd, source: PluginSource): Reasons {
  let heard = false;
  let refusal: Refusal | undefined;
  const explained = (exit: Exit): Exit => {
    const tail = exit.stderrTail ?? [];
    // Too much output may have pushed the line out of the log; it is the last of all.
    const last = exit.exitCode === EXIT_FAULT ? (refusal ?? readRefusal(tail.at(-1) ?? "")) : undefined;
    const error = last !== undefined ? told(last, source) : (exit.error ?? (heard ? undefined : endedEarly(exit, source)));
    return { ...exit, stderrTail: tail.filter((line) => readRefusal(line) === undefined), ...(error !== undefined && { error }) };
  };
  return {
    host: {
      receive(frame) {
        heard = true;
        host.receive(frame);
      },
      log(level, text) {
        const found = readRefusal(text);
        if (found === undefined) host.log(level, text);
        else refusal = found;
      },
      limited: (limit, used, times) => host.limited?.(limit, used, times),
      drained: () => host.drained(),
    },
    of(boundary) {
      const exited = boundary.exited.then(explained);
      return { ...boundary, exited, kill: () => boundary.kill().then(explained) };
    },
  };
}

function told(refusal: Refusal, { name }: Pick<PluginSource, "name">): ErrorObject {
  return toErrorObject(asError(refusal, name));
}

/** A library that took its process along before it said anything: its code ran, but none that the host can talk to. */
function endedEarly({ signal, exitCode }: Exit, { name, entry }: PluginSource): ErrorObject | undefined {
  if (signal === "SIGKILL" || (signal === undefined && exitCode === undefined)) return undefined;
  const how = signal !== undefined ? `was ended by ${signal}` : `ended its process with code ${exitCode}`;
  return told({ code: "spawn_failed", msg: `${entry} ${how} before its hello`, help: "Look at its constructors (they run when it is loaded), at sallyport_start, and at crash.stderrTail." }, { name });
}
