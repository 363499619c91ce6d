import type { Socket } from "node:net";

/** How often the pipes are looked at, ms, and how many looks in a row that find nothing new are silence. */
const LOOK_MS = 50;
const QUIET_LOOKS = 3;

export interface Listening {
  /** Where words may come from. */
  readonly pipes: readonly Socket[];
  /** So long pipes that stay open are listened to at most, ms of a host that is not held up: a busy one looks later, and as often. */
  readonly mostMs: number;
  /** What has come was taken care of. */
  idle?(): boolean;
}

/**
 * After the exit of who held the other ends: calls `done` once, when the pipes are at their end and what came was taken care of.
 * A grandchild outside the group can hold them open: then silence ends the wait.
 */
export function afterLastWords({ pipes, mostMs, idle = () => true }: Listening, done: () => void): void {
  const allClosed = (): boolean => pipes.every((pipe) => pipe.readableEnded || pipe.destroyed);
  const bytesRead = (): number => pipes.reduce((bytes, pipe) => bytes + pipe.bytesRead, 0);
  let over = false;
  let looks = 0;
  let quiet = 0;
  let seen = bytesRead();

  const finish = (): void => {
    over = true;
    clearInterval(timer);
    for (const pipe of pipes) for (const event of ["end", "close"]) pipe.off(event, closed);
    done();
  };
  /** What was read by then has an end: all of it is delivered, however long its receiver takes. */
  const closed = (): void => {
    if (over || !allClosed()) return;
    if (idle()) finish();
    else setImmediate(closed);
  };
  const look = (): void => {
    if (over || allClosed()) return;
    const now = bytesRead();
    quiet = idle() && now === seen ? quiet + 1 : 0;
    seen = now;
    if (quiet >= QUIET_LOOKS || ++looks >= mostMs / LOOK_MS) finish();
  };
  // Timers come before I/O: what is in the pipe by now is not late.
  const timer = setInterval(() => setImmediate(look), LOOK_MS);
  for (const pipe of pipes) for (const event of ["end", "close"]) pipe.on(event, closed);
  closed();
}
