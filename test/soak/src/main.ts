import process from "node:process";
import { parseArgs } from "node:util";
import { inline } from "@sallyport/adapter-inline";
import { process as processMode } from "@sallyport/adapter-process";
import { stdio } from "@sallyport/adapter-stdio";
import { worker } from "@sallyport/adapter-worker";
import { createKernel, type Kernel } from "@sallyport/kernel";
import { definePlugin } from "@sallyport/plugin";
import { createAccounts, type Accounts } from "./account.js";
import { drive, pause, random } from "./drive.js";
import { heapMb, held, slope } from "./held.js";
import { createLatency, type Latency } from "./latency.js";
import { writePlugins, type Cast } from "./plugins.js";
import { report } from "./report.js";

const { values } = parseArgs({ options: { minutes: { type: "string" }, seed: { type: "string" } } });
const minutes = Number(values.minutes ?? process.env["SOAK_MINUTES"] ?? 60);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const CALLERS = 6;
/** Of the whole time, how much is quiet, to know what is usual here. */
const QUIET = 0.15;

const wrong: string[] = [];
const note = (what: string): void => {
  if (wrong.length < 50) wrong.push(what);
};
process.on("uncaughtException", (error) => note(`uncaught: ${String(error?.stack ?? error)}`));
process.on("unhandledRejection", (error) => note(`unhandled: ${String((error as Error)?.stack ?? error)}`));

const cast: readonly Cast[] = [...writePlugins(), { name: "steady_inline", role: "steady", spec: { path: "steady_inline", name: "steady_inline", mode: "inline", trust: "trusted", grants: ["call:steady_process.*", "publish:soak.*"] } }];
const steady = cast.filter(({ role }) => role === "steady");
const latencies = (): Map<string, Latency> => new Map(steady.map(({ name }) => [name, createLatency()]));
const crashes = new Map<string, number>();

async function start(): Promise<Kernel> {
  const listed = definePlugin({
    methods: {
      "steady_inline.echo": (params) => params,
      "steady_inline.items": async function* ({ n }: { n: number }) {
        for (let i = 0; i < n; i++) yield i;
        return n;
      },
      "steady_inline.sum": {
        stream: "in",
        handler: async (_params, { input }) => {
          let sum = 0;
          for await (const item of input) sum += item as number;
          return sum;
        },
      },
      "steady_inline.slow": ({ ms }: { ms: number }, { signal }) => Promise.race([pause(ms), new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("it was cut short")), { once: true }))]),
      "steady_inline.relay": (params, { call }) => call("steady_process.echo", params),
      "steady_inline.emit": (params, { publish }) => publish("soak.event", params),
      "steady_inline.large": ({ n }: { n: number }) => "x".repeat(n),
    },
  });
  const kernel = createKernel({
    adapters: [inline({ steady_inline: listed }), worker(), processMode(), stdio()], graceMs: 1500,
    hooks: {
      lifecycle({ event, plugin, reason }) {
        if (event !== "crashed") return;
        crashes.set(plugin, (crashes.get(plugin) ?? 0) + 1);
        if (steady.some(({ name }) => name === plugin)) note(`${plugin}, which nobody attacked, crashed: ${reason ?? ""}`);
      },
      log() {},
    },
  });
  kernel.provide("host.echo", (params) => params);
  kernel.provide("ledger.pay", () => note("a payment was made without a grant"));
  await Promise.all(cast.map(({ spec }) => kernel.load(spec)));
  return kernel;
}

/** Some callers for some time. */
async function run(kernel: Kernel, accounts: Accounts, ms: number, attacks: boolean, counts: Map<string, number>): Promise<Map<string, Latency>> {
  const latency = latencies();
  const untilMs = performance.now() + ms;
  await Promise.all(Array.from({ length: CALLERS }, (_, i) => drive({ kernel, cast, accounts, below: random(seed + i + (attacks ? 100 : 0)), latency, attacks, counts, wrong: note }, untilMs)));
  return latency;
}

async function soak(): Promise<void> {
  console.log(`soak: ${minutes} minutes, seed ${seed}, ${cast.length} plugins, ${CALLERS} callers`);
  // What is made once in a program's life is no leak: a first kernel makes it.
  const first = await start();
  await run(first, createAccounts(), 1000, true, new Map());
  await first.close({ drainMs: 100 });
  crashes.clear();

  const before = await held();
  const kernel = await start();
  const accounts = createAccounts();
  const counts = new Map<string, number>();
  const totalMs = minutes * 60_000;
  const quiet = await run(kernel, accounts, totalMs * QUIET, false, counts);
  const heaps: { atMs: number; value: number }[] = [];
  const sampling = setInterval(() => heaps.push({ atMs: performance.now(), value: heapMb() }), Math.max(2000, totalMs / 50));
  const attacked = await run(kernel, accounts, totalMs * (1 - QUIET), true, counts);
  clearInterval(sampling);
  // What is still open has a deadline: it ends, or is counted as lost.
  const infos = kernel.list();
  await kernel.close({ drainMs: 2000 });
  await pause(500);
  const after = await held();

  process.exitCode = report({ cast, accounts, crashes, infos, counts, quiet, attacked, before, after, heapSlope: slope(heaps.slice(Math.floor(heaps.length / 4))), minutes, wrong }) ? 0 : 1;
}

soak().catch((error: unknown) => {
  console.error(error);
  // Plugins that run would keep it alive.
  process.exit(1);
});
