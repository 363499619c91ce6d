import type { PluginInfo } from "@sallyport/kernel";
import { failed, type Accounts } from "./account.js";
import type { Held } from "./held.js";
import type { Latency } from "./latency.js";
import type { Cast } from "./plugins.js";

export interface Findings {
  readonly cast: readonly Cast[];
  readonly accounts: Accounts;
  readonly crashes: ReadonlyMap<string, number>;
  readonly infos: readonly PluginInfo[];
  readonly counts: ReadonlyMap<string, number>;
  readonly quiet: ReadonlyMap<string, Latency>;
  readonly attacked: ReadonlyMap<string, Latency>;
  readonly before: Held;
  readonly after: Held;
  /** MiB a minute. */
  readonly heapSlope: number;
  readonly minutes: number;
  readonly wrong: readonly string[];
}

/** An innocent plugin's calls may take so many times as long while others attack, or so long, whichever is more. */
const FACTOR = 20;
const USUAL_MS = 250;
const HEAP_MB = 8;
const HEAP_SLOPE = 1;
/** In a shorter run a slope is mostly noise. */
const SLOPE_MINUTES = 4;
/** What a steady plugin may fail with: its callers give up on purpose, and ask for more than there are places. */
const EXPECTED = new Set(["cancelled", "deadline_exceeded", "busy"]);

/** Prints the balance. `false`: something broke. */
export function report(found: Findings): boolean {
  const { cast, accounts, crashes, infos, counts, quiet, attacked, before, after } = found;
  const breaches = [...found.wrong];
  row("plugin", "accepted", "results", "errors", "crashes", "restarts", "p99 quiet", "p99 attacked", "codes");
  for (const { name, role } of cast) {
    const account = accounts.all.get(name);
    if (account === undefined) {
      breaches.push(`${name} was never called`);
      continue;
    }
    const errors = failed(account);
    const [calmMs, stormyMs] = [quiet.get(name)?.quantile(0.99), attacked.get(name)?.quantile(0.99)];
    row(name, account.accepted, account.results, errors, crashes.get(name) ?? 0, infos.find((one) => one.name === name)?.restarts ?? 0, calmMs?.toFixed(1) ?? "", stormyMs?.toFixed(1) ?? "", [...account.errors].map(([code, n]) => `${code} ${n}`).join(", "));
    if (account.accepted !== account.results + errors) breaches.push(`${name}: ${account.accepted} calls were accepted, ${account.results} had results and ${errors} errors`);
    if (account.doubled > 0) breaches.push(`${name}: ${account.doubled} calls ended twice`);
    for (const text of account.untyped) breaches.push(`${name}: an error without a code: ${text}`);
    if (role === "steady") for (const [code, n] of account.errors) if (!EXPECTED.has(code)) breaches.push(`${name}, which nobody attacked, failed ${n} times with ${code}`);
    if (calmMs !== undefined && stormyMs !== undefined && stormyMs > Math.max(USUAL_MS, FACTOR * calmMs)) breaches.push(`${name}: while others attacked, p99 was ${stormyMs.toFixed(1)} ms, quiet ${calmMs.toFixed(1)} ms`);
  }
  if (accounts.open > 0) breaches.push(`${accounts.open} calls have no end`);
  for (const { name, stats } of infos) if (stats.inFlight < 0 || stats.queued < 0) breaches.push(`${name} has ${stats.inFlight} calls in flight and ${stats.queued} waiting`);
  console.log(`\ndone: ${[...counts].sort().map(([what, n]) => `${what} ${n}`).join(", ")}`);
  for (const what of ["handles", "descriptors", "threads", "children"] as const) {
    console.log(`${what}: ${before[what]} before, ${after[what]} after`);
    if ((after[what] ?? 0) > (before[what] ?? 0)) breaches.push(`${what} grew from ${before[what]} to ${after[what]}`);
  }
  console.log(`heap: ${before.heapMb.toFixed(1)} MiB before, ${after.heapMb.toFixed(1)} MiB after, ${found.heapSlope.toFixed(2)} MiB a minute while it ran`);
  if (after.heapMb - before.heapMb > HEAP_MB) breaches.push(`the heap grew by ${(after.heapMb - before.heapMb).toFixed(1)} MiB`);
  if (found.minutes >= SLOPE_MINUTES && found.heapSlope > HEAP_SLOPE) breaches.push(`the heap grows by ${found.heapSlope.toFixed(2)} MiB a minute`);
  console.log(breaches.length === 0 ? "\nin balance" : `\n${breaches.length} breaches:\n- ${breaches.join("\n- ")}`);
  return breaches.length === 0;
}

function row(...cells: readonly (string | number)[]): void {
  const widths = [16, 10, 10, 8, 8, 9, 10, 13];
  console.log(cells.map((cell, i) => (i === 0 ? String(cell).padEnd(widths[0] ?? 0) : i < widths.length ? String(cell).padStart(widths[i] ?? 0) : `  ${cell}`)).join(""));
}
