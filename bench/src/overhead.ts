import { createRate } from "@sallyport/bus";
import { inline } from "@sallyport/adapter-inline";
import { createHistogram, createKernel } from "@sallyport/kernel";
import Table from "cli-table3";

// What metrics and rates add to a call, against the cheapest call there is: `node bench/dist/overhead.js`. The best of many short
// runs, since what disturbs one only ever makes it longer.
const LANES = 64;
const CALLS = 6400;
const RUNS = 200;
const NS_PER_MS = 1e6;

async function bestOf(times: number, run: () => Promise<void> | void): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < RUNS; i++) {
    const startedAt = performance.now();
    await run();
    best = Math.min(best, performance.now() - startedAt);
  }
  return (best * NS_PER_MS) / times;
}

const kernel = createKernel({ adapters: [inline({ echo: { methods: { "echo.it": (params) => params } } })] });
await kernel.load({ path: "echo", mode: "inline", trust: "trusted" });
const lane = async (): Promise<void> => {
  for (let i = 0; i < CALLS / LANES; i++) await kernel.call("echo.it", i);
};
const histogram = createHistogram();
const rate = createRate(1e9);
const call = await bestOf(CALLS, async () => void (await Promise.all(Array.from({ length: LANES }, lane))));
const record = await bestOf(CALLS, () => {
  for (let i = 0; i < CALLS; i++) histogram.record((i & 1023) / 100);
});
const take = await bestOf(CALLS, () => {
  for (let i = 0; i < CALLS; i++) rate.take(i);
});
await kernel.close();

const table = new Table({ head: ["", "ns", "of a call"], style: { head: [], border: [] }, colAligns: ["left", "right", "right"] });
const share = (ns: number): string => `${((100 * ns) / call).toFixed(1)} %`;
table.push(["a call, inline, 64 in flight", call.toFixed(0), ""], ["its latency, recorded", record.toFixed(1), share(record)], ["a call or event of a plugin, counted against its rate", take.toFixed(1), share(take)]);
console.log(table.toString());
