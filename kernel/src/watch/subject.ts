import type { Limits, SallyportError, Usage } from "@sallyport/bus";
import type { LifecycleEvent } from "../crossing.js";

/** An instance as the watch sees it: what it may use, and signs of life. */
export interface Subject {
  readonly plugin: string;
  readonly limits: Limits;
  /** Frames that came from it until now. */
  readonly heard: number;
  /** Calls that are open, in either direction. */
  readonly open: number;
  /** Asks for a sign of life; `undefined` unless it has offered to give one. */
  readonly probe: (() => void) | undefined;
  /** As `Boundary.usage`. */
  readonly usage: (() => Promise<Usage | undefined>) | undefined;
  tell(event: LifecycleEvent["event"], reason: string, detail?: unknown): void;
  /** A sample within its limits was taken. */
  sampled?(usage: Usage): void;
  /** A limit was reached. */
  limited(limit: keyof Limits, used: number): void;
  /** Kills it; its calls fail with this error. */
  end(error: SallyportError): void;
}

export type Health = "responsive" | "unresponsive" | "unknown";

/** What the watch knows of one instance. */
export interface Watched {
  /** The last sample. */
  readonly usage: Usage | undefined;
  readonly health: Health;
  /** It has ended. */
  stop(): void;
}
