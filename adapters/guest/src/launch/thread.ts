import type { MessagePort } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import type { ErrorObject } from "@sallyport/bus";
import type { LinkMemory } from "@sallyport/ring";
import type { Prelude } from "./child.js";

/** What a pool hands to a thread: one instance, until it ends. `warm` asks for nothing but a ready thread. */
export type ThreadTask = { readonly warm: true } | PluginTask;

export interface PluginTask extends Prelude {
  /** With `memory` the link that carries frames, and notes as JSON text. Zeroed, and of this instance alone. */
  readonly port: MessagePort;
  readonly memory: LinkMemory;
  /** Most bytes of a frame that the guest sends. */
  readonly frameBytes: number;
  /** Give the thread back after a clean end. */
  readonly reuse: boolean;
}

/** What a thread says beside frames. */
export type ThreadNote =
  /** `task`: the system's own id of the thread, on Linux. */
  | { readonly note: "started"; readonly thread: number; readonly task?: number }
  /** Heap and buffers, bytes; in answer to the host's `usage`. */
  | { readonly note: "usage"; readonly memoryBytes: number }
  | { readonly note: "ended"; readonly clean: boolean; readonly error?: ErrorObject };

/** The file that a pool loads in each thread: locks down as it loads, and exports the task as default. */
export function threadFile(): string {
  return fileURLToPath(new URL("../guest-thread.cjs", import.meta.url));
}
