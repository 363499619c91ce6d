import { SallyportError } from "@sallyport/bus";
import type { Boundary } from "@sallyport/kernel";
import { createBoundary } from "./boundary.js";
import type { ChildOptions } from "./options.js";
import { startProcess } from "./start.js";

/**
 * Starts a program that speaks frames over stdin and stdout. Resolves when the system has executed it; its
 * handshake and hello follow through `host`, and what is wrong with them is the `error` of its exit:
 * `bad_handshake`, `version_mismatch`, `protocol_violation`, `frame_too_large`, `stuck`, `spawn_failed`.
 * Rejects `spawn_failed`, or with the signal's reason, leaving nothing running.
 *
 * Call it from the main thread: where the system ties a child's life to its parent, it is tied to the thread.
 * A live child keeps the host's event loop alive until it ends or is killed.
 */
export async function spawnChild(options: ChildOptions): Promise<Boundary> {
  const child = await startProcess(options);
  if (child.pid === undefined) throw new SallyportError("spawn_failed", `${options.argv[0]} was started without a process id`);
  const boundary = createBoundary(child, child.pid, options);
  if (!options.signal.aborted) return boundary;
  await boundary.kill();
  throw options.signal.reason;
}
