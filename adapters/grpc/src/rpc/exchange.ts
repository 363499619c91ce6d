import type { Channel, Metadata } from "@grpc/grpc-js";
import { SallyportError } from "@sallyport/bus";
import { ERROR_KEY, type Ended } from "../status.js";

/** One call: messages each way, one at a time, and a status. All four kinds of gRPC calls are this. */
export interface Exchange {
  /** Resolves when the transport has taken it: a server that does not read holds the sender back. */
  send(message: Uint8Array): Promise<void>;
  /** No message follows. */
  finish(): void;
  /** The next message; or how it ended. Asks for it only now, so that nothing is kept that nobody wants yet. */
  receive(): Promise<Uint8Array | Ended>;
  /** Ends it, here at once and there by a reset of its stream. */
  cancel(): void;
}

/** gRPC's numbers; the library is not loaded for them. */
const CANCELLED = 1;
const PROPAGATE_NOTHING = 0;

export function openExchange(channel: Channel, path: string, metadata: Metadata, deadlineMs: number): Exchange {
  const call = channel.createCall(path, deadlineMs === Infinity ? Infinity : new Date(deadlineMs), undefined, null, PROPAGATE_NOTHING);
  const waiting: ((what: Uint8Array | Ended) => void)[] = [];
  const unsent = new Set<() => void>();
  let arrived: Uint8Array | undefined;
  let ended: Ended | undefined;

  const end = (how: Ended): void => {
    if (ended !== undefined) return;
    ended = how;
    for (const wake of waiting.splice(0)) wake(how);
    for (const release of [...unsent]) release();
  };
  call.start(metadata, {
    onReceiveMetadata() {},
    onReceiveMessage(message: Uint8Array) {
      const wake = waiting.shift();
      if (wake === undefined) arrived = message;
      else wake(message);
    },
    onReceiveStatus(status) {
      end({ code: status.code, details: status.details, errors: status.metadata.get(ERROR_KEY) });
    },
  });
  return {
    send: (message) =>
      new Promise((resolve) => {
        // How it ended is told to whoever receives.
        if (ended !== undefined) return resolve();
        const release = (): void => {
          unsent.delete(release);
          resolve();
        };
        unsent.add(release);
        call.sendMessageWithContext({ callback: release }, Buffer.from(message.buffer, message.byteOffset, message.byteLength));
      }),
    finish: () => call.halfClose(),
    receive: () =>
      new Promise((resolve) => {
        if (arrived !== undefined) {
          resolve(arrived);
          arrived = undefined;
        } else if (ended !== undefined) resolve(ended);
        else {
          waiting.push(resolve);
          call.startRead();
        }
      }),
    cancel() {
      call.cancelWithStatus(CANCELLED, "cancelled by the host");
      end({ code: CANCELLED, details: "cancelled by the host" });
    },
  };
}

export function isMessage(what: Uint8Array | Ended): what is Uint8Array {
  return what instanceof Uint8Array;
}

/** For what a server does that its own proto file does not allow. */
export function unexpected(what: string): SallyportError {
  return new SallyportError("internal", `the plugin's server ${what}`, { help: "Give the proto files that its server was built with." });
}
