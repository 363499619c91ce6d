import { readErrorObject, type ErrorObject } from "@sallyport/bus";
import type { HostEnd } from "@sallyport/kernel";

/** Errors carry positions of the bundle; their reader knows the files that it was made of. Stacks stay on request. */
export function withAuthorsPositions(host: HostEnd, mapError: (error: ErrorObject) => ErrorObject, keepStacks: boolean): HostEnd {
  const mapped = (error: ErrorObject): ErrorObject => {
    const { stack, ...rest } = mapError(error);
    return keepStacks && stack !== undefined ? { ...rest, stack } : rest;
  };
  return {
    receive: (frame) => host.receive(frame.t === "err" ? { ...frame, e: mapped(readErrorObject(frame.e)) } : frame),
    log: (level, text) => host.log(level, text),
    limited: (limit, used, times) => host.limited?.(limit, used, times),
    drained: () => host.drained(),
  };
}
