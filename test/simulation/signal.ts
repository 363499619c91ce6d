import { plainController, type CancelController } from "@sallyport/bus";

/** A controller that counts who still listens: a listener that outlives its call is a leak. */
export interface CountingController extends CancelController {
  readonly listeners: number;
}

export function countingController(): CountingController {
  const { signal, abort } = plainController();
  const listening = new Set<() => void>();
  return {
    abort(reason) {
      abort(reason);
      listening.clear();
    },
    get listeners() {
      return listening.size;
    },
    signal: {
      get aborted() {
        return signal.aborted;
      },
      get reason() {
        return signal.reason;
      },
      throwIfAborted: () => signal.throwIfAborted(),
      addEventListener(type, listener, options) {
        listening.add(listener);
        signal.addEventListener(type, listener, options);
      },
      removeEventListener(type, listener) {
        listening.delete(listener);
        signal.removeEventListener(type, listener);
      },
    },
  };
}
