import type { Started } from "@sallyport/child";

/** Guests that run ahead, locked down and waiting for their plugin. Each serves one, and none outlives the host. */
export interface Spares extends AsyncDisposable {
  /** One with such a heap, if it waits. It is the caller's from here on. */
  take(memoryMb: number): Started | undefined;
  /** From now on spares have such a heap: a spare of another size gives way. */
  keep(memoryMb: number): void;
}

export interface SparesOptions {
  readonly count: number;
  start(memoryMb: number): Promise<Started>;
}

/** A spare that died by itself is replaced after so long, ms, doubled each time until one is used. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;

interface Spare {
  readonly memoryMb: number;
  readonly started: Started;
}

export function createSpares({ count, start }: SparesOptions): Spares {
  let waiting: readonly Spare[] = [];
  const starting = new Set<Promise<void>>();
  let memoryMb = 0;
  let retryMs = FIRST_RETRY_MS;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  async function add(size: number): Promise<void> {
    const started = await start(size).catch(() => undefined);
    // Whatever is wrong is reported by the plugin that starts without a spare.
    if (started === undefined) return failed();
    if (closed || size !== memoryMb) return started[Symbol.asyncDispose]();
    started.unref();
    const spare: Spare = { memoryMb: size, started };
    waiting = [...waiting, spare];
    void started.gone.then(() => {
      if (!waiting.includes(spare)) return;
      waiting = waiting.filter((other) => other !== spare);
      failed();
    });
  }

  function failed(): void {
    if (closed || retry !== undefined) return;
    retry = setTimeout(() => {
      retry = undefined;
      fill();
    }, retryMs).unref();
    retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
  }

  function fill(): void {
    if (closed || retry !== undefined) return;
    for (let missing = count - waiting.length - starting.size; missing > 0; missing--) {
      const adding: Promise<void> = add(memoryMb).finally(() => {
        starting.delete(adding);
        if (!closed && waiting.length + starting.size < count) fill();
      });
      starting.add(adding);
    }
  }

  return {
    take(size) {
      const spare = waiting.find((one) => one.memoryMb === size);
      if (spare === undefined) return undefined;
      waiting = waiting.filter((other) => other !== spare);
      retryMs = FIRST_RETRY_MS;
      return spare.started;
    },
    keep(size) {
      memoryMb = size;
      const unfit = waiting.filter((spare) => spare.memoryMb !== size);
      waiting = waiting.filter((spare) => spare.memoryMb === size);
      for (const { started } of unfit) void started[Symbol.asyncDispose]();
      fill();
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(retry);
      const last = waiting;
      waiting = [];
      await Promise.all([...starting, ...last.map(({ started }) => started[Symbol.asyncDispose]())]);
    },
  };
}
