import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyOfTheTree, type Copy } from "./copy.js";

/** What is wrong, where it is planted, and how the check words it. */
type Violation = readonly [what: string, path: string, text: string, says: string];

const LINT: readonly Violation[] = [
  ["an import from bus to kernel", "bus/src/planted.ts", 'import type { Kernel } from "@sallyport/kernel";\nexport type Planted = Kernel;\n', "bus imports none of the other packages"],
  ["an import from bus to Node", "bus/src/planted-io.ts", 'import { readFile } from "node:fs/promises";\nexport const planted = readFile;\n', "bus does no I/O"],
  ["an import from kernel to an adapter", "kernel/src/planted.ts", 'import { stdio } from "@sallyport/adapter-stdio";\nexport const planted = stdio;\n', "kernel may import bus and nothing else of ours"],
  ["an import from an adapter to another", "adapters/worker/src/planted.ts", 'import { stdio } from "@sallyport/adapter-stdio";\nexport const planted = stdio;\n', "An adapter never imports another adapter"],
  ["an import from a new adapter to another", "adapters/planted/src/planted.ts", 'import { stdio } from "@sallyport/adapter-stdio";\nexport const planted = stdio;\n', "An adapter never imports another adapter"],
  ["kernel code in an adapter", "adapters/stdio/src/planted.ts", 'import { createKernel } from "@sallyport/kernel";\nexport const planted = createKernel;\n', "An adapter takes the port's types from kernel, never its code"],
  ["a relative import into another package", "adapters/child/src/planted.ts", 'import { createPeer } from "../../../bus/src/peer/create.js";\nexport const planted = createPeer;\n', "Import other packages by name"],
  ["a promise that nobody waits for", "plugins/sdk/src/planted.ts", "export function planted(work: () => Promise<void>): void {\n  work();\n}\n", "no-floating-promises"],
];
const UNUSED: readonly Violation[] = [
  ["an import that its package.json does not state", "adapters/ring/src/index.ts", 'export { spawnChild } from "@sallyport/child";\n', "Unlisted dependencies"],
  ["an undeclared dependency", "kernel/src/index.ts", 'export { EventEmitter } from "eventemitter3";\n', "Unlisted dependencies"],
  ["a file that nothing uses", "kernel/src/planted-unused.ts", "export const planted = 1;\n", "Unused files"],
];
const TYPES: readonly Violation[] = [["a wrong type in a test", "test/architecture/planted.ts", "export const planted: number = 'text';\n", "TS2322"]];

describe("npm run check", () => {
  let copy: Copy;
  beforeAll(async () => {
    copy = await copyOfTheTree();
  });
  afterAll(() => copy[Symbol.asyncDispose]());

  // That all of them pass the tree as it is, is `npm run check` itself, which CI runs.
  it("passes what is as it should be, and knows its checks by name", { timeout: 120_000 }, async () => {
    expect(await copy.check("lint")).toMatchObject({ ok: true, output: expect.stringMatching(/check lint: ok/) as string });
    expect(await copy.check("nonsense")).toMatchObject({ ok: false, output: expect.stringContaining("There is no check 'nonsense'; there are types, lint, unused, packages.") as string });
  });

  // One run a check: each violation is looked for by its own file and words. Types last: only these break the others' view of the tree.
  for (const [name, violations] of [["lint", LINT], ["unused", UNUSED], ["types", TYPES]] as const) {
    describe(`check ${name}`, () => {
      let outcome: { ok: boolean; output: string };
      beforeAll(async () => {
        await copy.plant(violations.map(([, path, text]) => ({ path, text })));
        outcome = await copy.check(name);
      });

      it.each(violations)("fails on %s", (_what, path, _text, says) => {
        expect(outcome.ok).toBe(false);
        expect(outcome.output).toContain(path);
        expect(outcome.output).toContain(says);
      });
    });
  }
});
