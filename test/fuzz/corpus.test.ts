import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { openCorpus } from "./guided/corpus.js";
import { targets } from "./guided/targets.js";

const all = targets(new URL("../../", import.meta.url));
afterAll(() => all.forEach((target) => target[Symbol.dispose]?.()));

// `npm run fuzz -- --save` makes the corpus: the smallest inputs found that reach all the code that was reached.
describe.each(all)("the corpus of $name", (target) => {
  const inputs = openCorpus(fileURLToPath(new URL(`corpus/${target.name}`, import.meta.url))).read();

  it(`is taken or refused, never anything else: ${inputs.length} inputs`, async () => {
    expect(inputs.length).toBeGreaterThan(0);
    for (const bytes of [...target.seeds, ...inputs]) {
      try {
        await target.run(bytes);
      } catch (cause) {
        throw new Error(`${target.name}: ${Buffer.from(bytes).toString("hex")}`, { cause });
      }
    }
  });
});
