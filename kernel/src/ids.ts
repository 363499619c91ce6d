import { randomBytes } from "node:crypto";

/** `fx#7f3a09`: for people and logs; unique enough to tell instances of one run apart. */
export function instanceId(plugin: string): string {
  return `${plugin}#${randomBytes(3).toString("hex")}`;
}

/** A W3C `traceparent` for a call that came without one. */
export function traceparent(): string {
  return `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`;
}
