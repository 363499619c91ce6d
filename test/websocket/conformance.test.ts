import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { webSocket } from "@example/adapter-websocket";
import { conformanceSuite } from "../conformance/suite.js";
import type { Served } from "../third-party/serve.js";
import { serveDemo } from "./demo.js";
import { MANIFEST } from "./plugin.js";

const folder = mkdtempSync(join(tmpdir(), "sallyport-websocket-"));
const served: Served[] = [];
afterAll(async () => {
  for (const one of served) await one[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

for (const codec of ["msgpack", "json"] as const) {
  conformanceSuite(`websocket, ${codec}`, async () => {
    const one = await serveDemo({ codec });
    served.push(one);
    writeFileSync(join(folder, "plugin.json"), JSON.stringify({ ...MANIFEST, modes: { websocket: { url: one.url } }, permissions: { net: [`127.0.0.1:${one.port}`] } }));
    return { adapter: webSocket(), spec: { path: folder, mode: "websocket", permissions: { net: ["*"] } } };
  });
}
