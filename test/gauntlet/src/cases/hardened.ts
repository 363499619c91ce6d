import type { Case } from "../case.js";
import { family, HARDENED } from "./make.js";

const folder = (source: string): Readonly<Record<string, string>> => ({ "plugin.json": JSON.stringify({ name: "evil", version: "1.0.0", entry: "index.cjs" }), "index.cjs": source });

/** Out of the Compartment. */
export const HARDENED_CASES: readonly Case[] = [
  ...family({ group: "hardened JavaScript", plugin: "module/escape.js", kind: "module", modes: HARDENED, expect: "call fails", grants: ["call:ledger.fail"] }, [
    ["S01", "import.source and import.defer, by every way to make code", "phase-import", { quick: true }],
    ["S03", "the same guest with LOCKDOWN_* set for the host", "intrinsics", { hostEnv: { LOCKDOWN_ERROR_TAMING: "unsafe", LOCKDOWN_HARDEN_TAMING: "unsafe", LOCKDOWN_EVAL_TAMING: "unsafe-eval", LOCKDOWN_OVERRIDE_TAMING: "min" } }],
    ["S04", "writes to shared intrinsics", "intrinsics", { quick: true }],
    ["S05", "constructor chains to process, require and fetch", "constructors", { quick: true }],
    ["S06", "Buffer's pool through bytes; another plugin's secret", "buffers", { quick: true }],
    ["S09a", "a precompiled module record", "records"],
    ["S10", "tampering with its endowments", "endowments"],
    ["S11", "secrets in the source text of endowments", "source"],
    ["S15", "paths of the host in stacks and causes", "stacks"],
    ["S16", "sourceURL and a forged stack", "spoof"],
    ["S21", "WebAssembly", "wasm"],
    ["G01", "shared memory and Atomics.notify", "shared-memory"],
    ["G02", "RegExp statics and a replaced exec", "regexp"],
  ]),
  ...family({ group: "hardened JavaScript", plugin: "module/drill.js", kind: "module", modes: HARDENED, expect: "call fails" }, [
    ["S22a", "drill: a secret file, by the process that it runs in", "read", { quick: true }],
    ["S22b", "drill: a new file", "write"],
    ["S22c", "drill: a program", "spawn"],
    ["S22d", "drill: SIGKILL to the host", "kill"],
    ["S22e", "drill: a connection", "connect"],
    ["S22f", "drill: garbage on the wire", "garbage"],
  ]),
  ...family({ group: "hardened JavaScript", plugin: "", kind: "module", modes: HARDENED, expect: "call fails", drive: "load" }, [
    ["S08a", "import() behind comments and escapes", undefined, { plugin: "module/imports-later.js" }],
    ["S08b", "code behind HTML comments", undefined, { plugin: "", kind: "folder", files: folder('<!-- import("node:fs")\nmodule.exports = { methods: { "evil.ping": () => "ok" } };\n--> import("node:fs")\n') }],
    ["S09b", "a V8 code cache instead of source", undefined, { plugin: "", kind: "folder", files: folder("\u00c0\u00de\u0006n\0\0\0\0 no source text\n") }],
    ["G03", "a module that throws what cannot be read", undefined, { plugin: "module/load-throws.js", expect: "instance dies" }],
    ["G04", "a definition whose parts are traps", undefined, { plugin: "module/no-definition.js", expect: "instance dies" }],
    ["G05", "a module that never ends to load", undefined, { plugin: "module/loads-for-ever.js", modes: ["process", "worker", "inline", "stdio"], expect: { "*": "instance dies", inline: "host dies" } }],
  ]),
];
