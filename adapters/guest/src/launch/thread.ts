import type { MessagePort } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import type { ErrorObject } from "@sallyport/bus";
import type { Prelude } from "./child.js";

/** What a pool hands to a thread: one instance, until it ends. `warm` asks for nothing but a ready thread. */
export type ThreadTask =
  | { readonly warm: true }
  | (Prelude & {
      /** Carries one msgpack frame a message, in a buffer of its own, and notes as JSON text. */
      readonly port: MessagePort;
      /** Most bytes of a frame that the guest sends. */
      readonly frameBytes: number;
      /** Give the thread back after a clean end. */
      readonly reuse: boolean;
    });

/** What a thread says beside frames. */
export type ThreadNote =
  | { readonly note: "started"; readonly thread: number }
  | { readonly note: "ended"; readonly clean: boolean; readonly error?: ErrorObject };

/** The file that a pool loads in each thread: locks down as it loads, and exports the task as default. */
export function threadFile(): string {
  return fileURLToPath(new URL("../guest-thread.cjs", import.meta.url));
}
