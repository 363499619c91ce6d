import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { buildLanguage, buildLibrary, buildModule, buildWasi, LANGUAGES } from "../languages/build.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = fileURLToPath(new URL("../../cli/bin/sallyport.js", import.meta.url));
const several = fileURLToPath(new URL("many-calls.mjs", import.meta.url));

interface Target { readonly name: string; readonly args: readonly string[]; readonly lacks?: readonly string[]; readonly unbuilt?: () => Promise<string | undefined> }
const targets: readonly Target[] = [
  ...["javascript", "typescript"].flatMap((language) => ["process", "worker"].map((mode): Target => ({ name: `${language}, ${mode}`, args: ["--plugin", `plugins/${language}`, "--mode", mode] }))),
  { name: "javascript, inline", args: ["--plugin", "plugins/javascript", "--mode", "inline", "--trust", "trusted"] },
  { name: "typescript with capnp, stdio", args: ["--plugin", "plugins/capnp-ts", "--permit", "read:../.."] },
  { name: "javascript, stdio", args: ["--plugin", "plugins/javascript/main.js", "--mode", "stdio", "--permit", "read:../.."] },
  { name: "programs, oneshot", args: ["--plugin", "plugins/oneshot", "--permit", "run:sleep"], lacks: ["demo.steps", "demo.heard"] },
  { name: "lua, lua", args: ["--plugin", "plugins/lua"] },
  ...["grpc", "go-plugin"].map((mode): Target => ({ name: `javascript, ${mode}`, args: ["--plugin", "plugins/grpc", "--mode", mode, "--permit", "read:../.."], lacks: ["demo.heard"] })),
  ...LANGUAGES.map((language): Target => ({ name: `${language.name}, stdio`, args: ["--plugin", language.folder, ...(language.permissions?.run ?? []).flatMap((name) => ["--permit", `run:${name}`])], unbuilt: () => buildLanguage(language) })),
  ...["ffi", "ffi-unsafe"].map((mode): Target => ({ name: `c, ${mode}`, args: ["--plugin", "plugins/c", "--mode", mode, "--trust", "trusted"], unbuilt: buildLibrary })),
  { name: "c, wasm", args: ["--plugin", "plugins/c", "--mode", "wasm"], unbuilt: buildModule },
  { name: "go, wasi", args: ["--plugin", "plugins/go", "--mode", "wasi"], unbuilt: buildWasi },
];

/** Method, params, and what every mode and language prints; `stream` and `fails` say how. sh offers the first three methods. */
const calls: readonly { method: string; params: string; prints: string; exit?: number; stream?: true; small?: true }[] = [
  { method: "demo.upper", params: '{"text":"Grüezi, 12 Fränkli"}', prints: '"GRüEZI, 12 FRäNKLI"', small: true },
  { method: "demo.echo", params: '{"a":{"$int":"9007199254740993"},"b":[1,2.5,-0.001,1e21,null,true,"é\\u0000\\n"],"c":{"$bytes":"AAH+/w=="}}', prints: '{"a":{"$int":"9007199254740993"},"b":[1,2.5,-0.001,1e+21,null,true,"é\\u0000\\n"],"c":{"$bytes":"AAH+/w=="}}', small: true },
  { method: "demo.fail", params: '{"code":"conflict","msg":"taken"}', prints: '"code":"conflict","msg":"taken"', exit: 1, small: true },
  { method: "demo.count", params: '{"to":4}', prints: "1\n2\n3\n4", stream: true },
  { method: "demo.steps", params: '{"steps":3}', prints: '{"steps":3}' },
  { method: "demo.heard", params: "null", prints: "0" },
];

interface Result { readonly exit: number; readonly stdout: string }

function run(file: string, args: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], { cwd: root }, (error, stdout) => resolve({ exit: typeof error?.code === "number" ? error.code : 0, stdout: stdout.trimEnd() }));
  });
}

/** The first as a user makes it; the others in one process, since most of a call's time is the start of Node. */
async function results(lists: readonly (readonly string[])[]): Promise<readonly Result[]> {
  const [first = [], ...rest] = lists;
  const [alone, { stdout }] = await Promise.all([run(bin, first), run(several, [JSON.stringify(rest)])]);
  return [alone, ...(JSON.parse(stdout) as readonly Result[])];
}

/** Maps have no order. */
function values(lines = ""): readonly unknown[] {
  return lines.split("\n").map((line) => JSON.parse(line) as unknown);
}

describe.each(targets)("sallyport call against $name", ({ name, args, lacks = [], unbuilt }) => {
  const mine = calls.filter(({ method, small }) => (!name.startsWith("sh,") || small === true) && !lacks.includes(method));
  let missing: string | undefined;
  let found: readonly Result[] = [];
  beforeAll(async () => {
    missing = await unbuilt?.();
    if (missing === undefined) found = await results(mine.map(({ method, params, stream }) => ["call", method, params, "--json", ...(stream ? ["--stream"] : []), ...args]));
  }, 60_000);

  it.for(mine.map((call, i) => ({ ...call, i })))("prints the one result of $method", (call, context) => {
    if (missing !== undefined) return context.skip(missing);
    const { i, prints, exit = 0 } = call;
    const result = found[i];
    expect(result?.exit).toBe(exit);
    if (exit === 0) expect(values(result?.stdout)).toEqual(values(prints));
    else expect(result?.stdout).toContain(prints);
  });
});
