import { fileURLToPath } from "node:url";
import { compile, type Build } from "./compile.js";
import type { Play, Port } from "./port.js";

/** By what `-DHELLO` makes of the attacker. */
const BEFORE_CALLS: Readonly<Record<string, string>> = { silent: "1", spins: "2", types: "3", many: "4", prose: "5", greedy: "6" };

const WASM = ["clang", "--target=wasm32", "-O1", "-Wall", "-mbulk-memory", "-nostdlib", "-fno-builtin", "-Wl,--no-entry,-z,stack-size=65536,--stack-first", "evil.c"];
const LIBC = "../../../plugins/c/wasm.c";
const CLANG = [["clang", "--version"], ["wasm-ld", "--version"]];

interface Kind { readonly name: string; readonly end: string; readonly tools: Build["tools"]; readonly command: readonly string[] }
const MODULE: Kind = { name: "evil", end: "wasm", tools: CLANG, command: [...WASM, "abi.c", LIBC] };
const PROGRAM: Kind = { name: "evil-wasi", end: "wasm", tools: CLANG, command: [...WASM, "wasi.c", LIBC] };
const LIBRARY: Kind = { name: "evil", end: "so", tools: [["cc", "--version"]], command: ["cc", "-O1", "-Wall", "-fPIC", "-fvisibility=hidden", "-shared", "evil.c", "abi.c"] };

function fileOf({ name, end }: Kind, variant?: string): string {
  return `build/${name}${variant === undefined ? "" : `-${variant}`}.${end}`;
}

async function makeAll(kind: Kind): Promise<string | undefined> {
  const { tools, command } = kind;
  for (const variant of [undefined, ...Object.keys(BEFORE_CALLS)]) {
    const lack = await compile({ folder: "c", tools, command: [...command, ...(variant === undefined ? [] : [`-DHELLO=${BEFORE_CALLS[variant]}`]), "-o"], output: fileOf(kind, variant) });
    if (lack !== undefined) return lack;
  }
  return undefined;
}

const DEMO = fileURLToPath(new URL("../../../../plugins/c", import.meta.url));
const DEMO_IN_GO = fileURLToPath(new URL("../../../../plugins/go", import.meta.url));

/** Loaded by the runner alone: a host that is attacked needs none of it. */
async function makeDemo(build: "module" | "library" | "wasi"): Promise<string | undefined> {
  const { C_BUILDS, GO_WASI, makeReady } = await import("@sallyport/bench");
  return makeReady(build === "wasi" ? GO_WASI : C_BUILDS[build]);
}

/** What a frame can say, and what code can do to itself: the same wherever it runs. */
function plays(kind: Kind): Readonly<Record<string, Play>> {
  const before = (variant: string): Play => ({ plugin: `c/${fileOf(kind, variant)}` });
  return {
    R03a: { variant: "spin" }, G125: { variant: "stack" }, N22b: { variant: "crash" }, N22c: { variant: "leave" }, R03h: { variant: "mute" },
    R05j: { variant: "logs" }, N05a: { variant: "outside" }, R05m: { variant: "events" }, R05n: { variant: "calls" }, R05o: { variant: "holds" }, R13a: { variant: "denied" }, R05g: { variant: "progress" }, R05k: { variant: "big" },
    C01a: { variant: "pay" }, C02b: { variant: "spoof" }, G33: { variant: "twice" }, G35: { variant: "unknown" }, G44: { variant: "unasked" }, G47: { variant: "hello" }, G49: { variant: "forged" },
    W02a: { variant: "long" }, W03d: { variant: "deep" }, W08b: { variant: "proto" }, N06b: { variant: "half" },
    N08c: before("silent"), G117: before("spins"), G31: { ...before("types"), expect: "instance dies" }, G55: before("many"), N04a: before("prose"), C01b: before("greedy"),
  };
}

export const C_PORTS: readonly Port[] = [
  {
    modes: ["wasm"], plugin: `c/${fileOf(MODULE)}`, innocent: { path: DEMO }, ready: async () => (await makeDemo("module")) ?? makeAll(MODULE),
    plays: { ...plays(MODULE), R02c: { variant: "memory", expect: "call fails" } },
  },
  {
    modes: ["wasi"], plugin: `c/${fileOf(PROGRAM)}`, innocent: { path: DEMO_IN_GO }, ready: async () => (await makeDemo("wasi")) ?? makeAll(PROGRAM),
    plays: { ...plays(PROGRAM), R02c: { variant: "memory", expect: "call fails" }, N19a: { variant: "read" }, N18a: { variant: "tcp" }, N22d: { variant: "exit" }, N04c: { variant: "prose" } },
  },
  {
    modes: ["ffi"], plugin: `c/${fileOf(LIBRARY)}`, innocent: { path: DEMO }, ready: async () => (await makeDemo("library")) ?? makeAll(LIBRARY),
    plays: {
      ...plays(LIBRARY), R02c: { variant: "memory" }, N22d: { variant: "exit" }, N04c: { variant: "prose" },
      N19a: { variant: "read" }, N19c: { variant: "write" }, N18a: { variant: "tcp" }, N15a: { variant: "host-memory" }, N15b: { variant: "environment" }, N15i: { variant: "kill" },
      R09a: { variant: "children" }, N11b: { variant: "session" }, N12: { variant: "session" }, R10a: { variant: "files" },
    },
  },
  {
    modes: ["ffi-unsafe"], spec: { trust: "trusted" }, plugin: `c/${fileOf(LIBRARY)}`, innocent: { path: DEMO, trust: "trusted" }, ready: async () => (await makeDemo("library")) ?? makeAll(LIBRARY),
    plays: Object.fromEntries(Object.entries({ R03a: "spin", N22b: "crash", R02c: "memory", N19a: "read", N15b: "environment" }).map(([id, variant]) => [id, { variant, expect: "host dies" as const }])),
  },
];
