import { toErrorObject, type ErrorObject } from "@sallyport/bus";
import type { Boundary, Exit, HostEnd, PluginSource } from "@sallyport/kernel";
import { asError, readRefusal, Refused, type Refusal } from "./refusal.js";

/** Listens to what a cell says of its library, and makes the reason of its end of it. */
export interface Reasons {
  readonly host: HostEnd;
  of(boundary: Boundary): Boundary;
}

export function listenForReasons(host: HostEnd, source: PluginSource): Reasons {
  let heard = false;
  let refusal: Refusal | undefined;
  const explained = (exit: Exit): Exit => {
    const error = refusal !== undefined ? told(refusal, source) : (exit.error ?? (heard ? undefined : endedEarly(exit, source)));
    return error === undefined ? exit : { ...exit, error };
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
        else refusal ??= found;
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

function told(refusal: Refusal, { name }: PluginSource): ErrorObject {
  return toErrorObject(asError(refusal, name));
}

/** A library that took its process along before it said anything: its code ran, but none that the host can talk to. */
function endedEarly({ signal, exitCode }: Exit, { name, entry }: PluginSource): ErrorObject | undefined {
  if (signal === undefined && exitCode === undefined) return undefined;
  const how = signal !== undefined ? `was ended by ${signal}` : `called exit(${exitCode})`;
  const { refusal } = new Refused("spawn_failed", `${entry} ${how} before its hello`, "Look at its constructors (they run when it is loaded), at sallyport_start, and at crash.stderrTail.");
  return told(refusal, { name } as PluginSource);
}
