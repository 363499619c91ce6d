import { SallyportError } from "@sallyport/bus";

/** Why a plugin has no instance, and will have none for now. */
export function beingUnloaded(plugin: string): SallyportError {
  return new SallyportError("unavailable", `'${plugin}' is being unloaded`, { plugin, retryable: false });
}

export function inQuarantine(plugin: string, reason: string, openings: number): SallyportError {
  return new SallyportError("quarantined", `'${plugin}' is in quarantine: it failed again and again, last with ${reason}, and is not started any more`, { plugin, data: { reason, openings } });
}

/** `retryAfterMs` without end: its policy is never to start it again. */
export function broken(plugin: string, crashes: number, retryAfterMs: number): SallyportError {
  if (!Number.isFinite(retryAfterMs)) return new SallyportError("unavailable", `'${plugin}' has ended and is not restarted`, { plugin, retryable: false, help: "Its restart policy is false: unload and load it again." });
  return new SallyportError("unavailable", `'${plugin}' crashed ${crashes} times and is not restarted before its cool-down is over`, { plugin, retryAfterMs: Math.ceil(retryAfterMs) });
}

export function beingMoved(plugin: string): SallyportError {
  return new SallyportError("conflict", `'${plugin}' is being moved already`, { plugin, help: "Wait for the end of that move." });
}
