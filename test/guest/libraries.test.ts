import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { process as processMode } from "@sallyport/adapter-process";
import { worker } from "@sallyport/adapter-worker";
import { folderOf, open } from "./harness.js";

const MODULES = fileURLToPath(new URL("../../node_modules/", import.meta.url));

// What plugins that compute are written with has to work under lockdown, or hardening stops the honest ones.
const LIBRARIES: readonly (readonly [name: string, packages: readonly string[], code: string, answer: unknown])[] = [
  ["decimal.js", ["decimal.js"], 'import { Decimal } from "decimal.js"; export const run = () => new Decimal("0.1").plus("0.2").times("1e30").sqrt().toFixed(6);', "547722557505166.113460"],
  ["big.js", ["big.js"], 'import Big from "big.js"; export const run = () => new Big("9007199254740993").times("1.05").round(2).toString();', "9457559217478042.65"],
  [
    "zod", ["zod"],
    'import { z } from "zod"; const order = z.object({ id: z.string().regex(/^o-/), lines: z.array(z.object({ cents: z.int().positive() })) }).strict(); export const run = () => [order.safeParse({ id: "o-1", lines: [{ cents: 5 }] }).success, order.safeParse({ id: "x", lines: [{ cents: -5 }] }).error.issues.map((issue) => issue.path.join("."))];',
    [true, ["id", "lines.0.cents"]],
  ],
  ["rxjs", ["rxjs", "tslib"], 'import { from, lastValueFrom, map, scan, filter } from "rxjs"; export const run = () => lastValueFrom(from([1, 2, 3, 4]).pipe(filter((n) => n % 2 === 0), map((n) => n * 10), scan((sum, n) => sum + n, 0)));', 60],
  ["immer", ["immer"], 'import { produce } from "immer"; export const run = () => { const before = { a: [1, 2], b: { c: 3 } }; const after = produce(before, (draft) => { draft.a.push(3); draft.b.c = 4; }); return [before, after, Object.isFrozen(after)]; };', [{ a: [1, 2], b: { c: 3 } }, { a: [1, 2, 3], b: { c: 4 } }, true]],
];

describe.each([["process", processMode], ["worker", worker]] as const)("in mode %s", (_mode, adapterOf) => {
  test(`${LIBRARIES.map(([name]) => name).join(", ")} work`, async () => {
    const files = LIBRARIES.map(([name, , code]) => [`${name}.mjs`, code] as const);
    const index = [
      'import { definePlugin } from "@sallyport/plugin";',
      ...LIBRARIES.map(([name], i) => `import { run as run${i} } from "./${name}.mjs";`),
      `export default definePlugin({ methods: { ${LIBRARIES.map((_library, i) => `"lib.run${i}": () => run${i}()`).join(", ")} } });`,
    ].join("\n");
    const root = folderOf({ "index.js": index, ...Object.fromEntries(files) });
    for (const name of LIBRARIES.flatMap(([, packages]) => packages)) cpSync(join(MODULES, name), join(root, "node_modules", name), { recursive: true });
    await using adapter = adapterOf({ spares: 0 });
    const opened = await open(adapter, { path: root });
    for (const [i, [name, , , answer]] of LIBRARIES.entries()) expect(await opened.call(`lib.run${i}`), name).toEqual(answer);
  });
});
