import process from "node:process";
import type { Kernel } from "@sallyport/kernel";
import type { Accounts } from "./account.js";
import type { Latency } from "./latency.js";
import type { Cast } from "./plugins.js";

export type Below = (n: number) => number;

/** mulberry32, as in test/fuzz. */
export function random(seed: number): Below {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

export interface DriveOptions {
  readonly kernel: Kernel;
  readonly cast: readonly Cast[];
  readonly accounts: Accounts;
  readonly below: Below;
  /** Of plain calls of steady plugins, by plugin. */
  readonly latency: ReadonlyMap<string, Latency>;
  readonly attacks: boolean;
  readonly counts: Map<string, number>;
  wrong(what: string): void;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function drain(items: AsyncGenerator<unknown>, most: number): Promise<unknown> {
  for (let i = 0; ; i++) {
    const { done, value } = await items.next();
    if (done === true) return value;
    if (i >= most) return items.return(undefined);
  }
}

/** One caller that never stops: good calls of everyone and, if there are attacks, bad ones of the wild. */
export async function drive(options: DriveOptions, untilMs: number): Promise<void> {
  const { kernel, cast, accounts, below, latency, attacks, counts, wrong } = options;
  const wild = cast.filter(({ role }) => role === "wild");
  const enter = <T>(plugin: string, call: Promise<T>): Promise<T | undefined> => accounts.enter(plugin, call);
  const good: Record<string, (plugin: string) => Promise<unknown>> = {
    async echo(plugin) {
      const sent = below(1e9);
      const startedAt = performance.now();
      const got = await enter(plugin, kernel.call(`${plugin}.echo`, sent));
      if (got !== undefined && got !== sent) wrong(`${plugin} answered ${JSON.stringify(got)} to ${sent}`);
      if (got !== undefined) latency.get(plugin)?.add(performance.now() - startedAt);
    },
    async items(plugin) {
      const n = below(300);
      const got = await enter(plugin, drain(kernel.stream(`${plugin}.items`, { n }), Infinity));
      if (got !== undefined && got !== n) wrong(`${plugin} streamed ${JSON.stringify(got)} of ${n} items`);
    },
    leave: (plugin) => enter(plugin, drain(kernel.stream(`${plugin}.items`, { n: 1000 }), below(20))),
    async sum(plugin) {
      const input = Array.from({ length: below(100) }, () => below(100));
      const got = await enter(plugin, kernel.call(`${plugin}.sum`, null, { input }));
      const sum = input.reduce((all, one) => all + one, 0);
      if (got !== undefined && got !== sum) wrong(`${plugin} summed ${JSON.stringify(got)} instead of ${sum}`);
    },
    async cancel(plugin) {
      const abort = new AbortController();
      setTimeout(() => abort.abort(), below(20));
      await enter(plugin, kernel.call(`${plugin}.slow`, { ms: 30 }, { signal: abort.signal }));
    },
    late: (plugin) => enter(plugin, kernel.call(`${plugin}.slow`, { ms: 500 }, { timeoutMs: 1 + below(20) })),
    relay: (plugin) => enter(plugin, kernel.call(`${plugin}.relay`, below(10))),
    emit: (plugin) => enter(plugin, kernel.call(`${plugin}.emit`, below(10))),
    large: (plugin) => enter(plugin, kernel.call(`${plugin}.large`, { n: below(400_000) })),
  };
  const bad: Record<string, (one: Cast) => Promise<unknown>> = {
    hang: ({ name }) => enter(name, kernel.call(`${name}.hang`, null, { timeoutMs: 20 })),
    spin: ({ name }) => enter(name, kernel.call(`${name}.spin`, null, { timeoutMs: 50 })),
    chatter: ({ name }) => enter(name, kernel.call(`${name}.chatter`, { n: below(2000) })),
    storm: ({ name }) => enter(name, kernel.call(`${name}.storm`, { n: below(200) })),
    forbidden: ({ name }) => enter(name, kernel.call(`${name}.forbidden`)),
    flood: ({ name }) => Promise.all(Array.from({ length: 200 }, (_, i) => enter(name, kernel.call(`${name}.echo`, i)))),
    async kill({ name }) {
      const pid = Number(/^pid (\d+)/.exec(kernel.list().find((one) => one.name === name)?.label ?? "")?.[1] ?? 0);
      if (pid > 0) process.kill(pid, "SIGKILL");
    },
    async reload({ name, spec }) {
      await kernel.unload(name, { drainMs: below(100) });
      await pause(below(20));
      await kernel.load(spec);
    },
    async revoke({ name }) {
      kernel.revoke(name, ["call:steady_process.*"]);
      await pause(below(50));
      kernel.grant(name, ["call:steady_process.*"]);
    },
  };
  while (performance.now() < untilMs) {
    const worse = attacks && below(8) === 0;
    const names = Object.keys(worse ? bad : good);
    const name = names[below(names.length)] as string;
    const one = (worse ? wild : cast)[below(worse ? wild.length : cast.length)] as Cast;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    try {
      await (worse ? bad[name]?.(one) : good[name]?.(one.name));
    } catch (error) {
      // Two callers may reload the same plugin; what has no code is a bug here or there.
      if ((error as { code?: string }).code === undefined || !["not_found", "conflict", "plugin_crashed", "unavailable", "start_timeout", "ESRCH"].includes((error as { code: string }).code)) wrong(`${name} of ${one.name}: ${String((error as Error)?.stack ?? error)}`);
    }
    if (below(4) === 0) await pause(below(5));
  }
}
