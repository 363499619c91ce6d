import { fileURLToPath } from "node:url";
import type { Port } from "./port.js";

/** Its program and what that imports lie in the repository. */
const REPOSITORY = fileURLToPath(new URL("../../../../", import.meta.url));

export const GRPC_PORT: Port = {
  modes: ["grpc", "go-plugin"],
  plugin: "grpc",
  spec: { permissions: { read: [REPOSITORY] } },
  innocent: { path: `${REPOSITORY}plugins/grpc`, permissions: { read: [REPOSITORY] } },
  plays: {
    ...Object.fromEntries(Object.entries({
      R03a: "spin", R02c: "memory", N05a: "stderr", G142: "stdout", N22b: "segfault", N22c: "exit", G129: "stopped", N11b: "session", N12: "session", R03h: "mute", N04c: "prose", G17: "stream",
      G144: "big", W03a: "deep", W04a: "maps", G143: "trailers", W08a: "proto",
    }).map(([id, variant]) => [id, { variant }])),
    ...Object.fromEntries(Object.entries({ N15a: "host-memory", N15b: "environment", N15i: "kill", N18a: "tcp", N19a: "read", N19c: "write", G49: "forged" }).map(([id, variant]) => [id, { variant, expect: "call fails" as const }])),
  },
};
