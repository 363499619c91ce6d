/** A promise about speed, as data. `judge.ts` holds it against a run. */
export interface Target {
  readonly path: string;
  readonly promise: string;
  /** All have to hold; with `any`, one of them. */
  readonly comparisons: readonly Comparison[];
  readonly any?: true;
}

/** A cell's value, or its share of another's, against a bound. */
export interface Comparison {
  readonly cell: string;
  /** Divided by the value of this cell of the same run. */
  readonly to?: string;
  /** Reads calls/s as µs a call. */
  readonly perCall?: true;
  readonly atLeast?: number;
  readonly atMost?: number;
}

const port = (cell: string, atLeast: number): Comparison => ({ cell, to: cell.replace(/^\w+/, "port"), atLeast });
const peer = (mode: string, contender: string, atLeast: number): Comparison => ({ cell: `peers/${mode}/S/64`, to: `peers/${contender}/S/64`, atLeast });
/** What a boundary does in a second, without the kernel and with it: how much longer a call takes through it. */
const share = (mode: string): Comparison => ({ cell: `${mode}/bare/S/64`, to: `${mode}/S/64`, atMost: 1.3 });
const growth = (mode: string, what: string, many: number): Comparison => ({ cell: `${mode}/${what}/${many}`, to: `${mode}/${what}/1`, atLeast: 0.9 });

export const TARGETS: readonly Target[] = [
  { path: "worker, S, 64 in flight", promise: "at least 3 x raw MessagePort", comparisons: [port("worker/S/64", 3)] },
  { path: "worker, S, 1024 in flight", promise: "at least 4 x raw MessagePort", comparisons: [port("worker/S/1024", 4)] },
  { path: "worker, M, 64 in flight", promise: "at least 3 x raw MessagePort", comparisons: [port("worker/M/64", 3)] },
  { path: "worker, L, 64 in flight", promise: "at least 1 x raw MessagePort", comparisons: [port("worker/L/64", 1)] },
  { path: "worker, L, 64 in flight, buffers given away", promise: "at least 1 x raw MessagePort, nothing copied", comparisons: [{ cell: "worker/L/64/given", to: "port/L/64", atLeast: 1 }] },
  { path: "worker, S, 1 in flight", promise: "at most 0.25 x the latency of a raw MessagePort", comparisons: [{ cell: "worker/S/1", to: "port/S/1", atMost: 0.25 }] },
  { path: "worker, S, 1 in flight, on one CPU", promise: "at most 1.1 x the latency of a raw MessagePort", comparisons: [{ cell: "worker/S/1/pinned", to: "port/S/1/pinned", atMost: 1.1 }] },
  { path: "worker against piscina, S, 64 in flight", promise: "at least 30 x its defaults", comparisons: [peer("worker", "piscina", 30)] },
  { path: "worker against piscina with 64 tasks a thread, S, 64 in flight", promise: "at least 6 x", comparisons: [peer("worker", "piscina-64", 6)] },
  { path: "worker against comlink, S, 64 in flight", promise: "at least 8 x", comparisons: [peer("worker", "comlink", 8)] },
  { path: "process, S, 64 in flight", promise: "at least 1.5 x fork IPC json", comparisons: [{ cell: "process/S/64", to: "fork-json/S/64", atLeast: 1.5 }] },
  { path: "process, M, 64 in flight", promise: "at least 2 x fork IPC json", comparisons: [{ cell: "process/M/64", to: "fork-json/M/64", atLeast: 2 }] },
  { path: "stdio, C or Rust, S, 64 in flight", promise: "at least 2.5 x raw MessagePort", any: true, comparisons: [port("c/S/64", 2.5), port("rust/S/64", 2.5)] },
  { path: "stdio, C or Rust, S, 1024 in flight", promise: "at least 3 x raw MessagePort", any: true, comparisons: [port("c/S/1024", 3), port("rust/S/1024", 3)] },
  { path: "stdio, C, against vscode-jsonrpc, S, 64 in flight", promise: "at least 10 x", comparisons: [peer("c", "vscode-jsonrpc", 10)] },
  { path: "stdio, C, against the MCP SDK, S, 64 in flight", promise: "at least 18 x", comparisons: [peer("c", "mcp-sdk", 18)] },
  { path: "inline, S, 64 in flight", promise: "at most 0.5 µs a call", comparisons: [{ cell: "inline/S/64", perCall: true, atMost: 0.5 }] },
  { path: "the kernel's own share", promise: "a call costs at most 1.3 x the same on the bare boundary", comparisons: [share("inline"), share("worker"), share("process"), share("c")] },
  { path: "start from a spare, worker", promise: "at most 5 ms", comparisons: [{ cell: "worker/start/spare", atMost: 5 }] },
  { path: "start from a spare, process", promise: "at most 10 ms", comparisons: [{ cell: "process/start/spare", atMost: 10 }] },
  { path: "start of a native program", promise: "at most 1.5 x a bare spawn", any: true, comparisons: [{ cell: "c/start/again", to: "socketpair/start/again", atMost: 1.5 }, { cell: "rust/start/again", to: "socketpair/start/again", atMost: 1.5 }] },
  { path: "lateness of the host's timers, p99, 64 in flight", promise: "at most 2 ms", comparisons: ["worker", "process", "c"].map((mode) => ({ cell: `${mode}/lateness/64`, atMost: 2 })) },
  { path: "lateness of the host's timers, p99, one plugin floods", promise: "at most 2 ms", comparisons: ["worker", "process"].map((mode) => ({ cell: `${mode}/lateness/flood`, atMost: 2 })) },
  { path: "stream of 100,000 S items, worker", promise: "at least 1,000,000 items/s", comparisons: [{ cell: "worker/stream/out", atLeast: 1_000_000 }] },
  { path: "event to 100 subscribers in workers", promise: "at least 500,000 deliveries/s", comparisons: [{ cell: "worker/event/100", atLeast: 500_000 }] },
  { path: "growth, 100 plugins loaded", promise: "calls/s at least 0.9 x those with 1", comparisons: [growth("inline", "plugins", 100), growth("worker", "plugins", 100)] },
  { path: "growth, 1000 methods, 1000 topics", promise: "calls/s at least 0.9 x those with 1", comparisons: [growth("inline", "methods", 1000), growth("inline", "topics", 1000)] },
];
