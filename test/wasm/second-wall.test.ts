import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { DEFAULT_LIMITS } from "@sallyport/bus";
import { createCells, encodePrelude } from "@sallyport/cell";
import { folder } from "./harness.js";

/** As if all our own walls had fallen: JavaScript of the cell itself, which opens what it likes. */
const BROKEN_OUT = `
  const fs = require("node:fs");
  for (const path of process.env.SALLYPORT_PLUGIN === "1" ? JSON.parse(fs.readFileSync(0, "utf8").split("\\n").find((line) => line.includes("[\\"")).replace(/^[^[]*/, "").replace(/[^\\]]*$/, "")) : []) {
    try {
      fs.readFileSync(path);
      process.stderr.write("opened " + path + "\\n");
    } catch (error) {
      process.stderr.write(error.code + " " + path + "\\n");
    }
  }
  try { fs.writeFileSync(__dirname + "/written", ""); process.stderr.write("written\\n"); } catch (error) { process.stderr.write(error.code + " writing\\n"); }
`;

test("the system keeps a program to its folders when our own walls have fallen", async (context) => {
  const base = folder();
  for (const name of ["open", "closed"]) mkdirSync(join(base, name));
  writeFileSync(join(base, "open", "file"), "x");
  writeFileSync(join(base, "closed", "secret"), "x");
  symlinkSync("../closed/secret", join(base, "open", "link"));
  const file = join(base, "broken.cjs");
  writeFileSync(file, BROKEN_OUT);
  const cells = createCells({ program: { file }, spares: 0 });
  onTestFinished(() => cells[Symbol.asyncDispose]());
  const never = new AbortController().signal;
  const { profile, by } = await cells.enforcement(never);
  if (profile !== "strict") return context.skip(`no landlock here: ${by}`);
  const paths = ["open/file", "closed/secret", "open/link", "open/../closed/secret"].map((name) => join(base, name));
  const logs: string[] = [];
  const request = { source: { name: "x", kind: "wasm", root: base, entry: file, manifest: undefined }, instance: "x#1", args: [], limits: DEFAULT_LIMITS, sandbox: "strict", permissions: {}, debug: false } as const;
  const boundary = await cells.open(request, { prelude: encodePrelude(paths, new TextEncoder().encode("\n")), permissions: { read: [join(base, "open")] } }, { receive() {}, log: (_level, text) => void logs.push(text), drained() {} }, never);
  boundary.end();
  await boundary.exited;
  expect(logs).toEqual([`opened ${paths[0]}`, ...paths.slice(1).map((path) => `EACCES ${path}`), "EACCES writing"].map((line) => expect.stringMatching(line.replace("EACCES", "(EACCES|ENOENT|EPERM|ERR_ACCESS_DENIED)").replaceAll("/", "\\/"))));
});
