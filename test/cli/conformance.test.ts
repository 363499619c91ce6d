import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fixture, sallyport } from "./sallyport.js";

const SHELL = fileURLToPath(new URL("../../plugins/sh", import.meta.url));

test.skipIf(process.platform === "win32")("check --conformance puts an executable through the suite", async () => {
  const ran = await sallyport(["check", "--json", "--conformance", SHELL, "--permit", "run:awk"]);
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({ ok: true, mode: "stdio", failed: 0 });
});

test("what is not the demo plugin fails or does not start", async () => {
  expect(await sallyport(["check", "--conformance", fixture("mumbler")])).toMatchObject({ code: 2, stdout: "" });
  const wasm = await sallyport(["check", "--conformance", SHELL, "--mode", "wasm"]);
  expect(wasm).toMatchObject({ code: 2, stdout: "" });
  expect(wasm.stderr).toContain("mode 'wasm' finds nothing that it runs at");
  const unknown = await sallyport(["check", "--conformance", SHELL, "--mode", "teleport"]);
  expect(unknown).toMatchObject({ code: 2, stdout: "" });
  expect(unknown.stderr).toMatch(/process, worker, .*stdio/);
});
