import type { Clock } from "@sallyport/bus";
import type { PluginState } from "./api.js";
import type { LifecycleEvent } from "./crossing.js";
import type { Ending, Instance } from "./instance.js";
import type { RestartPolicy } from "./manifest.js";

/** Keeps one plugin running: lazy start, restart with backoff, breaker, quarantine, idle stop. */
export interface Supervisor {
  readonly state: PluginState;
  /** The live instance; `undefined` unless `ready`. */
  readonly current: Instance | undefined;
  /** Restarts since the load. */
  readonly restarts: number;
  /** A live instance, started or waited for if need be. Rejects `unavailable`, or what the start failed with. */
  ready(): Promise<Instance>;
  /** There was something to do: the idle clock starts again. */
  touch(): void;
  /** Drains the live instance, if it is this one, and starts a fresh one, as after its own goodbye. */
  replace(instance: string): void;
  /**
   * Starts an instance in another way and lets it take over; the live one, if there is one, drains. Who waits for an instance
   * gets the new one. Rejects with what the start failed with, having changed nothing; `quarantined`; `unavailable` at an unload.
   */
  move(options: MoveOrder): Promise<Instance>;
  /** Ends a quarantine. */
  release(): void;
  /** Ends it for good. */
  stop(drainMs: number): Promise<void>;
}

export interface MoveOrder {
  readonly drainMs: number;
  /** For the record. */
  readonly reason: string;
  readonly detail: unknown;
  start(signal: AbortSignal): Promise<Instance>;
  /** The new instance is the plugin's from here on, and so is the way in which it was started. */
  takeOver(): void;
}

export interface SupervisorOptions {
  readonly plugin: string;
  readonly policy: RestartPolicy | undefined;
  readonly eager: boolean;
  readonly idleStopMs: number | undefined;
  readonly drainMs: number;
  readonly clock: Clock;
  start(signal: AbortSignal): Promise<Instance>;
  /** Resolves when it may start again. */
  turn(signal: AbortSignal): Promise<void>;
  /** Whether calls to it or from it are open or waiting; an idle stop waits for `false`. */
  busy(): boolean;
  event(event: LifecycleEvent["event"], reason?: string, instance?: string, detail?: unknown): void;
  onReady(instance: Instance): void;
  onEnd(instance: Instance, ending: Ending): void;
}
