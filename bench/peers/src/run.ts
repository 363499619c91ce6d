import process from "node:process";
import { describeMachine, pinning, TOLERANCE_PERCENT } from "@sallyport/bench";
import type { Results } from "@sallyport/bench/results";
import { toCells } from "./cells.js";
import type { Entry } from "./contenders.js";
import { forkContender } from "./fork-contender.js";
import { install, installedVersions } from "./install.js";
import type { Options } from "./options.js";
import { PLANS } from "./plan.js";
import type { Reading } from "./reading.js";

export async function run({ entries, only, quick, rounds }: Options): Promise<Results> {
  install(entries);
  const machine = describeMachine();
  const from = performance.now();
  const plan = quick ? "quick" : "full";
  const pin = quick ? "left out by --quick" : await pinning();
  const readings = new Map<Entry, Reading[]>(entries.map((entry) => [entry, []]));
  for (let round = 1; round <= rounds; round++) {
    // Reversed each time: what heats up or fills over a run favours nobody.
    for (const entry of round % 2 === 1 ? entries : entries.toReversed()) {
      console.error(`bench:peers: round ${round} of ${rounds}: ${entry.name}`);
      readings.get(entry)?.push(...(await forkContender(entry, plan)));
      if (typeof pin !== "string") readings.get(entry)?.push(...(await forkContender(entry, "pinned", pin)));
    }
  }
  return {
    format: 1,
    date: new Date().toISOString(),
    command: ["npm run bench:peers", ...process.argv.slice(2)].join(" "),
    options: { quick, modes: [], payloads: ["S", "M"], only, rounds, tolerancePercent: TOLERANCE_PERCENT },
    machine,
    versions: { node: process.versions.node, ...installedVersions(entries) },
    seconds: (performance.now() - from) / 1000,
    cells: toCells(readings, [PLANS[plan], ...(typeof pin === "string" ? [] : [PLANS.pinned])], rounds),
    traits: [],
    targets: [],
  };
}
