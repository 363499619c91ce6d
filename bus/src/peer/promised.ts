import type { SallyportError } from "../errors.js";
import type { CallSink, OpenCall, OutgoingCall } from "./peer.js";

/** A call whose end is promised to whoever asks. */
export function promisedCall(begin: (sink: CallSink) => OpenCall): OutgoingCall {
  let resolve!: (value: unknown) => void;
  let reject!: (error: SallyportError) => void;
  let release!: () => void;
  const result = new Promise<unknown>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // A caller that reads only `output` gets the error there; the promise's own copy must not count as unhandled.
  result.catch(() => undefined);
  const released = new Promise<void>((done) => (release = done));
  const call = begin({ resolve, reject, released: release });
  return {
    id: call.id,
    result,
    released,
    get output() {
      return call.output;
    },
    warnings: () => call.warnings(),
    cancel: (why) => call.cancel(why),
  };
}
