import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeHost } from "./harness.js";

const README = readFileSync(new URL("../../adapters/oneshot/README.md", import.meta.url), "utf8");

/** A manifest of the README, in a folder of its own. */
function example(name: string): string {
  const text = [...README.matchAll(/^```json\n([^]*?)^```$/gm)].map(([, json]) => json ?? "").find((json) => json.includes(`"name": "${name}"`));
  const folder = makeFolder();
  writeFileSync(join(folder, "plugin.json"), text ?? "");
  return folder;
}

function makeFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "sallyport-oneshot-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function missing(program: string): string | undefined {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return `${program} is not installed`;
  }
}

test("the README's jq is a plugin", async (context) => {
  const reason = missing("jq");
  if (reason !== undefined) return context.skip(reason);
  const { kernel } = makeHost();
  await kernel.load({ path: example("jq") });
  expect(await kernel.call("jq.filter", { filter: ".a + 1", input: { a: 1 } })).toBe(2);
  expect(await kernel.call("jq.filter", { filter: '.["$ref"]', input: { $ref: ["é"] } })).toEqual(["é"]);
  await expect(kernel.call("jq.filter", { filter: ".a |", input: null })).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("ended with exit code 3") });
  await expect(kernel.call("jq.filter", { filter: ".a", input: "text" })).rejects.toMatchObject({ code: "jq.failed", message: expect.stringContaining("Cannot index") });
  await expect(kernel.call("jq.filter", { filter: "-n", input: null })).rejects.toMatchObject({ code: "invalid_argument", path: "params.filter" });
});

test("the README's git is a plugin, for those repositories that it may read", async (context) => {
  const reason = missing("git");
  if (reason !== undefined) return context.skip(reason);
  const repo = makeFolder();
  const git = (...args: readonly string[]): void => void execFileSync("git", ["-C", repo, "-c", "user.name=a", "-c", "user.email=a@example.org", ...args], { stdio: "ignore" });
  git("init", "-b", "main");
  for (const name of ["first", "second", "third"]) {
    writeFileSync(join(repo, name), name);
    git("add", name);
    git("commit", "-m", `${name} commit`);
  }
  const { kernel } = makeHost();
  const info = await kernel.load({ path: example("git"), permissions: { read: [repo] } }).catch((error: { code: string; message: string }) => (error.code === "sandbox_unavailable" ? context.skip(`no bubblewrap here: ${error.message}`) : Promise.reject(error as unknown as Error)));
  expect(info).toMatchObject({ mode: "oneshot", unsafe: false, confinement: { profile: "strict" } });
  const log = async (params: unknown): Promise<unknown[]> => {
    const lines: unknown[] = [];
    for await (const line of kernel.stream("git.log", params)) lines.push(line);
    return lines;
  };
  expect(await log({ repo, revision: "main", paths: [] })).toEqual(["third commit", "second commit", "first commit"]);
  expect(await log({ repo, revision: "main", paths: [], most: 1 })).toEqual(["third commit"]);
  expect(await log({ repo, revision: "main~1", paths: ["first"] })).toEqual(["first commit"]);
  await expect(log({ repo, revision: "--output=/tmp/canary", paths: [] })).rejects.toMatchObject({ code: "invalid_argument", path: "params.revision" });
  await expect(log({ repo, revision: "nowhere", paths: [] })).rejects.toMatchObject({ code: "internal", message: expect.stringContaining("exit code 128: fatal: bad revision 'nowhere'") });
  writeFileSync(join(repo, "new"), "new");
  expect(await kernel.call("git.status", { repo })).toEqual({ stdout: "?? new\n", stderr: "", exitCode: 0 });

  // Another's is not there, as far as git can tell.
  const other = makeFolder();
  await expect(log({ repo: other, revision: "main", paths: [] })).rejects.toMatchObject({ message: expect.stringContaining("cannot change to"), help: expect.stringContaining("`permissions`") });
});
