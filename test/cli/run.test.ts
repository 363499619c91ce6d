import { expect, test } from "vitest";
import { folder, sallyport, talking } from "./sallyport.js";

test.each(["SIGINT", "SIGTERM"] as const)("run says what is running and exits 0 after a clean drain on %s", async (signal) => {
  const cwd = await folder({ "sallyport.json": talking() });
  const ran = await sallyport(["run"], { cwd, interrupt: { when: "running 1 plugin", signal } });
  expect(ran).toMatchObject({ code: 0, signal: null });
  const pid = /^talker stdio, ready, pid (\d+), 7 methods(?:, strict|(?:, limits)? unsafe)$/m.exec(ran.stdout)?.[1];
  expect(pid, ran.stdout).toBeDefined();
  expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
});

test("run --json prints the list; an empty config runs too", async () => {
  const cwd = await folder({ "sallyport.json": { plugins: {} } });
  const ran = await sallyport(["run", "--json"], { cwd, interrupt: { when: "running 0 plugins", signal: "SIGTERM" } });
  expect(ran).toMatchObject({ code: 0, stdout: "[]\n" });
});
