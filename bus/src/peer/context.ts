import type { Clock } from "../clock.js";
import type { SallyportError } from "../errors.js";
import type { Frame } from "../frame.js";
import type { CancelController } from "../signal.js";
import type { Deadlines } from "./deadlines.js";
import type { Agreed, PeerHandlers } from "./peer.js";

/** What the parts of one peer share. Owned by `createPeer`. */
export interface PeerContext {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** The time at which this turn of the loop began to ask, ms. */
  now(): number;
  readonly handlers: PeerHandlers;
  readonly graceMs: number;
  readonly stack: boolean;
  /** Who the other side is: decides whose codes it may use. */
  readonly remote: "plugin" | "host";
  readonly controller: () => CancelController;
  /** Set by `open`. */
  agreed: Agreed | undefined;
  /** Set once the connection is gone. */
  closed: SallyportError | undefined;
  /** Puts a frame on the wire unless the connection is gone. May throw `bad_value` or `frame_too_large`. `given`: the buffer of its payload may be taken away. */
  send(frame: Frame, given?: boolean): void;
  /** Resolves when the wire takes frames again; at once when it does. */
  room(): Promise<void> | undefined;
  /** One more item came without credit. The first costs the call, the second the connection. */
  overdrawn(what: string): SallyportError;
}
