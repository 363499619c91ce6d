import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const dist = (path: string): string => JSON.stringify(new URL(`../../${path}/dist/index.js`, import.meta.url).href);

// In a program of its own: whether an event loop has anything left to live for shows only there.
test("a program that does nothing but use one plugin lives until the kernel is closed, and not longer", async () => {
  const root = mkdtempSync(join(tmpdir(), "sallyport-ends-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  writeFileSync(join(root, "index.js"), `export default { methods: { "a.echo": (params) => params } };`);
  const program = `
    import { createKernel } from ${dist("kernel")};
    import { process as processMode } from ${dist("adapters/process")};
    for (const spares of [0, 1, 2]) {
      const kernel = createKernel({ adapters: [processMode({ spares })] });
      await kernel.load({ path: ${JSON.stringify(root)}, name: "a", mode: "process" });
      console.log(await kernel.call("a.echo", spares));
      await kernel.close();
    }
    console.log("closed");`;
  const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) =>
    execFile(process.execPath, ["--input-type=module", "-e", program], { timeout: 60_000 }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, output: stdout + stderr })));
  expect({ code, output }).toEqual({ code: 0, output: "0\n1\n2\nclosed\n" });
}, 70_000);
