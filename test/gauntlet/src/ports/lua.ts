import { fileURLToPath } from "node:url";
import type { Port } from "./port.js";

const CONTEXT = "lua/flood.lua";

export const LUA_PORT: Port = {
  modes: ["lua"],
  plugin: "lua/evil.lua",
  innocent: { path: fileURLToPath(new URL("../../../../plugins/lua", import.meta.url)) },
  plays: {
    ...Object.fromEntries(Object.entries({
      R03a: "loop", R03c: "sort", R03b: "pattern", G08: "move", R03g: "deaf", R01a: "memory", R01e: "bomb", G09: "garbage", G125: "recursion", G126: "callbacks", S05: "reach", W04a: "explosion", W08a: "prototype",
    }).map(([id, variant]) => [id, { variant }])),
    ...Object.fromEntries(Object.entries({
      R05a: "logs", R05b: "big-logs", R05c: "console", R05d: "events", R05f: "calls", R05g: "progress", R13a: "denied", G17: "stream", C01a: "pay", R03h: "mute", W03a: "deep", G144: "long", G119: "leak",
    }).map(([id, variant]) => [id, { variant, plugin: CONTEXT }])),
  },
};
