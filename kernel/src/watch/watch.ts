import { LATE_MS, type Clock, type Usage } from "@sallyport/bus";
import { breachError, createBudget } from "./budget.js";
import { createPace } from "./pace.js";
import { createPulse, type Pulse } from "./pulse.js";
import type { Subject, Watched } from "./subject.js";

/** One watch for all instances of a kernel. With none of them it does nothing, and it never keeps the program running. */
export interface Watch {
  add(subject: Subject): Watched;
}

export interface WatchOptions {
  readonly clock: Clock;
  readonly sampleMs: number;
  readonly heartbeatMs: number;
}

/** Samples that begin together: more would hold up the host's other work. */
const AT_ONCE = 16;
const REST_MS = 10;

interface Post {
  readonly pulse: Pulse;
  dueMs: number;
  /** Of the subject, at its last sample. */
  heard: number;
  sampling: boolean;
  /** It did nothing: it is looked at again when it is heard. */
  resting: boolean;
  readonly subject: Subject;
  look(): Promise<number>;
}

export function createWatch({ clock, sampleMs, heartbeatMs }: WatchOptions): Watch {
  const posts = new Set<Post>();
  let timer: unknown;
  let timerDueMs = Infinity;
  let heartbeat: unknown;

  function arm(dueMs: number): void {
    if (dueMs >= timerDueMs) return;
    if (timer !== undefined) clock.clearTimeout(timer);
    timerDueMs = dueMs;
    timer = clock.setTimeout(tick, Math.max(0, dueMs - clock.now()), true);
  }

  function tick(): void {
    timer = undefined;
    timerDueMs = Infinity;
    if (posts.size === 0) return;
    const now = clock.now();
    let begun = 0;
    let nextMs = now + sampleMs;
    for (const post of posts) {
      if (post.sampling || post.subject.usage === undefined) continue;
      if (now < post.dueMs && !(post.resting && post.subject.heard !== post.heard)) nextMs = Math.min(nextMs, post.dueMs);
      else if (++begun <= AT_ONCE) void sample(post);
      else nextMs = Math.min(nextMs, now + REST_MS);
    }
    arm(nextMs);
  }

  async function sample(post: Post): Promise<void> {
    post.sampling = true;
    post.heard = post.subject.heard;
    const waitMs = await post.look();
    post.sampling = false;
    post.resting = waitMs > sampleMs;
    post.dueMs = clock.now() + waitMs;
    if (posts.has(post)) arm(post.dueMs);
  }

  function scheduleBeat(): void {
    const dueMs = clock.now() + heartbeatMs;
    heartbeat = clock.setTimeout(() => {
      heartbeat = undefined;
      if (posts.size === 0) return;
      const late = clock.now() - dueMs >= LATE_MS;
      scheduleBeat();
      for (const { pulse } of posts) pulse.beat(late);
    }, heartbeatMs, true);
  }

  return {
    add(subject) {
      const budget = createBudget();
      const pace = createPace(sampleMs);
      const pulse = createPulse(subject, heartbeatMs);
      let last: Usage | undefined;
      const post: Post = {
        subject, pulse,
        dueMs: clock.now(),
        heard: subject.heard,
        sampling: false,
        resting: false,
        async look() {
          const usage = await subject.usage?.().catch(() => undefined);
          if (usage === undefined || !posts.has(post)) return sampleMs;
          last = usage;
          const { limits } = subject;
          const breach = budget.judge(usage, limits, clock.now());
          if (breach !== undefined) {
            const error = breachError(subject.plugin, breach);
            posts.delete(post);
            subject.limited(breach.limit, breach.used);
            subject.end(error);
            return sampleMs;
          }
          subject.sampled?.(usage);
          if (budget.outOfDescriptors(usage, limits)) {
            subject.limited("descriptors", usage.descriptors ?? limits.descriptors);
          }
          return pace.next(usage, limits, clock.now());
        },
      };
      posts.add(post);
      if (subject.usage !== undefined) arm(post.dueMs);
      if (heartbeat === undefined) scheduleBeat();
      return {
        get usage() {
          return last;
        },
        get health() {
          return pulse.health;
        },
        stop() {
          posts.delete(post);
          if (posts.size > 0) return;
          clock.clearTimeout(timer);
          clock.clearTimeout(heartbeat);
          timer = heartbeat = undefined;
          timerDueMs = Infinity;
        },
      };
    },
  };
}
