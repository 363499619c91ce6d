import { readFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { buildLanguage, LANGUAGES, programOf } from "./build.js";

const run = promisify(execFile);

for (const language of LANGUAGES) {
  describe(`the demo plugin in ${language.name}`, () => {
    let missing: string | undefined;
    beforeAll(async () => {
      missing = await buildLanguage(language);
    }, 120_000);

    it("says what it is when started by hand, and exits 64", async (context) => {
      if (missing !== undefined) return context.skip(missing);
      const { entry } = JSON.parse(await readFile(join(language.folder, "plugin.json"), "utf8")) as { entry: Parameters<typeof programOf>[0] };
      const environment = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith("SALLYPORT")));
      const ended: unknown = await run(join(language.folder, programOf(entry)), [], { env: environment }).catch((error: unknown) => error);
      expect(ended).toMatchObject({ code: 64, stdout: "", stderr: expect.stringMatching(/^This is a Sallyport plugin; .*\n$/) });
    });
  });
}
