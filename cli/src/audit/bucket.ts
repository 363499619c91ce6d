/** How much one plugin may write: a burst, and what flows in again. What is more is counted. */
export interface Bucket {
  /** `false`: there is no room, and the line is counted as dropped. */
  admits(event: string, nowMs: number): boolean;
  spend(bytes: number): void;
  /** What was dropped since it was asked last; `undefined`: nothing. */
  drops(): Drops | undefined;
}

export interface Drops {
  readonly count: number;
  /** By event; their names are the kernel's, never a plugin's. */
  readonly of: Readonly<Record<string, number>>;
  readonly sinceMs: number;
}

export function createBucket(burstBytes: number, bytesPerSecond: number): Bucket {
  let room = burstBytes;
  let filledAt: number | undefined;
  let sinceMs = 0;
  let of = new Map<string, number>();
  return {
    admits(event, nowMs) {
      // A clock that was set back gives nothing, and takes nothing.
      room = Math.min(burstBytes, room + (Math.max(0, nowMs - (filledAt ?? nowMs)) / 1000) * bytesPerSecond);
      filledAt = nowMs;
      if (room > 0) return true;
      if (of.size === 0) sinceMs = nowMs;
      of.set(event, (of.get(event) ?? 0) + 1);
      return false;
    },
    spend(bytes) {
      room -= bytes;
    },
    drops() {
      if (of.size === 0) return undefined;
      const drops = { count: [...of.values()].reduce((sum, each) => sum + each, 0), of: Object.fromEntries(of), sinceMs };
      of = new Map();
      return drops;
    },
  };
}
