import { expect, test } from "vitest";
import { sallyport } from "./sallyport.js";

test("help and version are results", async () => {
  const help = await sallyport(["--help"]);
  expect(help).toMatchObject({ code: 0, stderr: "" });
  for (const command of ["run", "call", "list", "check", "api", "bench", "choose"]) expect(help.stdout).toContain(command);
  expect(await sallyport(["--version"])).toMatchObject({ code: 0, stdout: "0.1.0\n" });
});

test.each([
  [["nonsense"], "unknown command 'nonsense'"],
  [["call"], "missing required argument 'method'"],
  [["cal"], "Did you mean call?"],
  [["call", "a.b", "--timeout", "soon"], "Expected whole milliseconds"],
  [["call", "a.b", "--timeout", "0"], "Expected whole milliseconds"],
  [["call", "a.b", "--plugin", "x", "--config", "y"], "cannot be used with option"],
  [["list", "--grant", "call:x"], "go with --plugin"],
  [["run", "--loud"], "unknown option '--loud'"],
])("wrong usage %j exits 2 and says so on stderr", async (args, text) => {
  const ran = await sallyport(args);
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toContain(text);
});

test("without a command the help goes to stderr", async () => {
  const ran = await sallyport([]);
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toContain("Usage: sallyport");
});

test("with --json wrong usage is an error object on stdout", async () => {
  const ran = await sallyport(["run", "--json", "--loud"]);
  expect(ran.code).toBe(2);
  expect(JSON.parse(ran.stdout)).toMatchObject({ code: "invalid_argument", msg: expect.stringContaining("--loud") as string });
});
