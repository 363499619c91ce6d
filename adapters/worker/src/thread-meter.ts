import { readFile } from "node:fs/promises";
import type { Worker } from "node:worker_threads";
import type { Usage } from "@sallyport/kernel";

/** What a thread can tell of itself, and what the host asks of it where the engine tells nothing from outside. */
export interface ThreadSource {
  readonly worker: Worker | undefined;
  /** The system's id of the thread, where there is one. */
  readonly taskId: number | undefined;
  /** Heap and buffers by the thread's own word, bytes; `undefined`: it is too busy to answer. */
  ask(): Promise<number | undefined>;
}

/** From Node 22.16 on an engine can be asked about another thread, also while that runs without end. */
interface TellingWorker { getHeapStatistics?(): Promise<{ readonly total_physical_size: number; readonly external_memory: number; readonly malloced_memory: number }> }

/** A thread that is stuck in native code answers nobody, ms. */
const ANSWER_MS = 400;
const NS_PER_MS = 1e6;

/** What one thread uses from now on: one that had other plugins before has used CPU time already. */
export function createThreadMeter(source: ThreadSource): () => Promise<Usage> {
  const before = cpuMs(source.taskId);
  return async () => {
    const [start, now, memoryBytes] = await Promise.all([before, cpuMs(source.taskId), within(memory(source))]);
    return {
      ...(start !== undefined && now !== undefined && { cpuMs: now - start }),
      ...(memoryBytes !== undefined && { memoryBytes }),
    };
  };
}

async function memory({ worker, ask }: ThreadSource): Promise<number | undefined> {
  const telling = worker as TellingWorker | undefined;
  if (telling?.getHeapStatistics === undefined) return ask();
  const heap = await telling.getHeapStatistics().catch(() => undefined);
  return heap && heap.total_physical_size + heap.external_memory + heap.malloced_memory;
}

/** Nanoseconds on a CPU are the first figure; Linux alone tells them. */
async function cpuMs(taskId: number | undefined): Promise<number | undefined> {
  if (taskId === undefined) return undefined;
  const text = await readFile(`/proc/self/task/${taskId}/schedstat`, "latin1").catch(() => "");
  const ns = Number(text.split(" ")[0]);
  return ns > 0 ? ns / NS_PER_MS : undefined;
}

async function within<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ANSWER_MS).unref()));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
