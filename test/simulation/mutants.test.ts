import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { createPeer } from "@sallyport/bus";
import { afterAll, expect, it } from "vitest";
import { simulatePeers } from "./peers.js";

const DIST = fileURLToPath(new URL("../../bus/dist/", import.meta.url));
/** Inside of node_modules, so that what the bus imports is found. */
const MUTANTS = fileURLToPath(new URL(`../../node_modules/.cache/mutants-${process.pid}/`, import.meta.url));
const EPISODES = 400;

/** A peer with one planted bug each: what the simulation would not notice it does not prove. */
const planted: readonly { bug: string; file: string; from: string; to: string; found: RegExp }[] = [
  { bug: "answers twice", file: "peer/incoming.js", from: "context.send(terminal);", to: "context.send(terminal); context.send(terminal);", found: /answers \d+ 2 times/ },
  { bug: "tells its caller twice", file: "peer/outgoing.js", from: "if (this.settled)\n            return false;", to: "", found: /outcomes|released|listens/ },
  { bug: "sends without taking credit", file: "peer/gate.js", from: "credit--;\n            return true;", to: "return true;", found: /with credit for|no credit was taken/ },
  { bug: "loses a credit that came", file: "peer/gate.js", from: "credit += n;", to: "credit += n - 1;", found: /starved|has credit for/ },
  { bug: "gives credit for items twice", file: "peer/inbox.js", from: "const n = taken;\n        taken = 0;", to: "const n = taken;", found: /may be under way/ },
  { bug: "forgets the credit of an event whose handler failed", file: "peer/create.js", from: "outcome.then(handled, handled)", to: "outcome.then(handled, () => undefined)", found: /has credit for/ },
  { bug: "gives no credit back for items", file: "peer/inbox.js", from: "options.grant(n);", to: "", found: /starved/ },
  { bug: "lets items overtake those that wait", file: "peer/incoming.js", from: "this.waiting > 0 || ", to: "", found: /came after/ },
  { bug: "keeps answered calls in its table", file: "peer/incoming.js", from: "this.table.delete(id);", to: "", found: /in its tables/ },
  { bug: "goes on listening to a signal", file: "peer/outgoing.js", from: 'this.options.signal?.removeEventListener("abort", this.onAbort);', to: "void 0;", found: /listens to its signal/ },
  { bug: "forgets later deadlines", file: "peer/deadlines.js", from: "if (nextMs < timerDueMs && entries > 0)", to: "if (false)", found: /ms late/ },
  { bug: "leaves pings open at the end", file: "peer/liveness.js", from: "waiter.reject(error);", to: "", found: /have no answer/ },
  { bug: "leaves calls open at the end", file: "peer/create.js", from: "for (const open of outgoing.all())\n                open.close(error);", to: "", found: /outcomes|tables/ },
];

afterAll(() => rmSync(MUTANTS, { recursive: true, force: true }));

it.each(planted.map((each, i) => ({ ...each, i })))("a peer that $bug is found", async ({ file, from, to, found, i }) => {
  const folder = `${MUTANTS}${i}/`;
  mkdirSync(folder, { recursive: true });
  cpSync(DIST, folder, { recursive: true, filter: (path) => !path.endsWith(".map") && !path.endsWith(".d.ts") });
  writeFileSync(`${folder}package.json`, '{ "type": "module" }');
  const text = readFileSync(folder + file, "utf8");
  // The source has moved on: plant the bug in its new place.
  expect(text).toContain(from);
  writeFileSync(folder + file, text.replace(from, to));
  const mutant = (await import(pathToFileURL(`${folder}index.js`).href)) as { createPeer: typeof createPeer };
  await expect(episodes(mutant.createPeer)).rejects.toThrow(found);
}, 240_000);

async function episodes(make: typeof createPeer): Promise<void> {
  for (let seed = 1; seed <= EPISODES; seed++) await simulatePeers({ createPeer: make, seed, steps: 300 });
}
