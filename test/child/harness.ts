import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { DEFAULT_LIMITS, type Frame, type HostHello, type Limits } from "@sallyport/bus";
import { childEnvironment, spawnChild, type ChildOptions } from "@sallyport/child";
import type { Boundary } from "@sallyport/kernel";

const GAUNTLET = fileURLToPath(new URL("../gauntlet/", import.meta.url));

const HOST_HELLO: HostHello = { t: "hello", host: "test", version: "1.0.0", proto: "1.0", features: [], limits: {}, grants: [], config: null, instance: "gauntlet#1" };

/** A misbehaving child with everything it said. Killed when the test is over, however it ends. */
export interface Subject {
  readonly boundary: Boundary;
  readonly frames: readonly Frame[];
  readonly logs: readonly string[];
  drains(): number;
  /** Resolves when `condition` holds; looks again after whatever the child says. */
  until(condition: () => boolean): Promise<void>;
}

export interface SubjectOptions extends Partial<Omit<ChildOptions, "limits" | "host" | "argv">> {
  readonly args?: readonly string[];
  readonly limits?: Partial<Limits>;
  /** Answer the child's hello. */
  readonly greet?: boolean;
  onFrame?(frame: Frame): void;
}

export async function startChild(fixture: string, { args = [], limits, greet = true, onFrame, ...options }: SubjectOptions = {}): Promise<Subject> {
  const frames: Frame[] = [];
  const logs: string[] = [];
  const waiting = new Set<() => void>();
  const changed = (): void => waiting.forEach((look) => look());
  let drains = 0;
  const boundary: Boundary = await spawnChild({
    argv: [GAUNTLET + fixture, ...args],
    cwd: GAUNTLET,
    env: childEnvironment(),
    signal: new AbortController().signal,
    ...options,
    limits: { ...DEFAULT_LIMITS, ...limits },
    host: {
      receive(frame) {
        if (onFrame === undefined) frames.push(frame);
        else onFrame(frame);
        if (greet && frame.t === "hello") boundary.send(HOST_HELLO);
        changed();
      },
      log(level, text) {
        logs.push(`${level}: ${text}`);
        changed();
      },
      drained() {
        drains++;
        changed();
      },
    },
  });
  onTestFinished(async () => void (await boundary.kill()));
  return {
    boundary,
    frames,
    logs,
    drains: () => drains,
    until: (condition) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!condition()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie answers signals until some init collects it.
    return process.platform !== "linux" || !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Resolves when the process is gone; only the test's own time limit bounds the wait. */
export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
}

export function pidOf(boundary: Boundary): number {
  return Number(boundary.label.replace("pid ", ""));
}

export function grandchildOf(logs: readonly string[]): number {
  return Number(/grandchild (\d+)/.exec(logs.join("\n"))?.[1]);
}
