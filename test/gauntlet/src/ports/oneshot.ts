import { fileURLToPath } from "node:url";
import { lacks } from "./compile.js";
import type { Port } from "./port.js";

/** One process a call: what it does ends with its call, so most of it is no more than a call that fails. */
export const ONESHOT_PORT: Port = {
  modes: ["oneshot"],
  plugin: "oneshot",
  spec: { permissions: { run: ["python3", "env"] } },
  innocent: { path: fileURLToPath(new URL("../../../../plugins/oneshot", import.meta.url)), permissions: { run: ["sleep"] } },
  ready: () => lacks("python3", ["--version"]),
  plays: Object.fromEntries(Object.entries({
    R03a: "spin", R02c: "memory", R09a: "children", R10a: "descriptors", G142: "stdout", N05a: "stderr", G17: "stream",
    R03h: "mute", N10: "deaf", N22b: "segfault", N22d: "exit-139", N22e: "killed", G129: "stopped", N01b: "closes", N11b: "session", N11c: "twice", N12: "host-dies",
    N04c: "prose", M01a: "half", W03d: "deep", W04d: "maps", W08b: "proto", W12c: "bad-text", W11c: "infinite",
    N14: "own-environment", N15a: "host-memory", N15b: "environment", N15i: "kill", N18a: "tcp", N19a: "read", N19c: "write",
  }).map(([id, variant]) => [id, { variant, expect: "call fails" as const }])),
};
