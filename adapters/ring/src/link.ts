import type { SallyportError } from "@sallyport/bus";

/** One end of a link. Frames, notes and attachments arrive in the order in which they were sent. */
export interface Link {
  /**
   * Copies the frame in bytes[start, end). `attachment` travels beside it without a copy: its buffer is taken away
   * where that can be, and must be its own and not empty, else `bad_value`. `false`: it waits for room, and so should the sender until `onDrained`.
   */
  send(bytes: Uint8Array, start: number, end: number, attachment?: Uint8Array): boolean;
  /** As `send`, for what others will follow in this turn and nobody waits for: a reader that sleeps is woken once, after the turn. */
  sendSoon(bytes: Uint8Array, start: number, end: number): boolean;
  /** A short text beside the frames, in order with them. */
  note(text: string): void;
  /** Resolves when nothing that was sent waits for room. */
  flushed(): Promise<void>;
  /** Resolves when all that the other side has published by now has been handed on. */
  handedOn(): Promise<void>;
  /** Ends this side: what waits is dropped, nothing is handed on any more. The port stays its owner's, to close. */
  close(): void;
}

export interface LinkHandlers {
  /** A frame, valid only during the call; an attachment is the receiver's own. */
  onFrame(bytes: Uint8Array, start: number, end: number, attachment: Uint8Array | undefined): void;
  onNote(note: string): void;
  /** There is room again after `send` returned `false`. */
  onDrained(): void;
  /** The other side broke the ring, sent too much, or `onFrame` threw. The link is closed. */
  onViolation(thrown: SallyportError): void;
  /** Largest frame that may come, attachment included. Asked for each. */
  maxFrameBytes(): number;
}

export interface GuestHandlers extends LinkHandlers {
  /** Bytes that may wait for room; a guest that sends more is held up until the host has read. */
  readonly maxQueuedBytes: number;
}

export interface HostHandlers extends LinkHandlers {
  /** Bytes that may wait for room, beyond which the link is closed: the host is not held up. */
  readonly maxQueuedBytes: number;
  /** Calls are open: an answer may come at any time. */
  busy(): boolean;
  /** Bytes of frames that may come in a second; above it this side reads more slowly, and the other side waits for room. */
  readonly bytesPerSecond?: number;
  /** More came, and this side rests. */
  onRested?(): void;
}
