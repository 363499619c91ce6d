import { cellKey, type Cell, type StartedCell } from "./cell.js";

/** Guests that run ahead, locked down and waiting for their plugin. Each serves one, and none outlives the host. */
export interface Spares extends AsyncDisposable {
  /** One with such limits and confinement, if it waits. It is the caller's from here on. */
  take(cell: Cell): StartedCell | undefined;
  /** From now on spares are like this: a spare of another kind gives way. */
  keep(cell: Cell): void;
}

export interface SparesOptions {
  readonly count: number;
  start(cell: Cell): Promise<StartedCell>;
}

/** A spare that died by itself is replaced after so long, ms, doubled each time until one is used. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;

interface Spare {
  readonly key: string;
  readonly cell: StartedCell;
}

export function createSpares({ count, start }: SparesOptions): Spares {
  let waiting: readonly Spare[] = [];
  const starting = new Set<Promise<void>>();
  let wanted: { readonly key: string; readonly cell: Cell } | undefined;
  let retryMs = FIRST_RETRY_MS;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  async function add({ key, cell }: NonNullable<typeof wanted>): Promise<void> {
    const begun = await start(cell).catch(() => undefined);
    // Whatever is wrong is reported by the plugin that starts without a spare.
    if (begun === undefined) return failed();
    const { started } = begun;
    if (closed || key !== wanted?.key) return started[Symbol.asyncDispose]();
    started.unref();
    const spare: Spare = { key, cell: begun };
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
    if (closed || retry !== undefined || wanted === undefined) return;
    for (let missing = count - waiting.length - starting.size; missing > 0; missing--) {
      const adding: Promise<void> = add(wanted).finally(() => {
        starting.delete(adding);
        if (!closed && waiting.length + starting.size < count) fill();
      });
      starting.add(adding);
    }
  }

  return {
    take(cell) {
      const key = cellKey(cell);
      const spare = waiting.find((one) => one.key === key);
      if (spare === undefined) return undefined;
      waiting = waiting.filter((other) => other !== spare);
      retryMs = FIRST_RETRY_MS;
      return spare.cell;
    },
    keep(cell) {
      const key = cellKey(cell);
      wanted = { key, cell };
      const unfit = waiting.filter((spare) => spare.key !== key);
      waiting = waiting.filter((spare) => spare.key === key);
      for (const spare of unfit) void spare.cell.started[Symbol.asyncDispose]();
      fill();
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(retry);
      const last = waiting;
      waiting = [];
      await Promise.all([...starting, ...last.map(({ cell }) => cell.started[Symbol.asyncDispose]())]);
    },
  };
}
