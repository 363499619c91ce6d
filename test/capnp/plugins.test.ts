import { fileURLToPath } from "node:url";
import { createBytes, shared, type Frame, type ResponseFrame } from "@sallyport/bus";
import { capnpCodec } from "@sallyport/capnp";
import { createKernel } from "@sallyport/kernel";
import { stdio } from "@sallyport/adapter-stdio";
import { expect, it, onTestFinished } from "vitest";
import { buildLanguage, LANGUAGES } from "../languages/build.js";
import { startRaw } from "../languages/raw.js";

const repository = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

function encoded(frame: Frame): Uint8Array {
  const out = createBytes();
  capnpCodec.createEncoder().encode(frame, out, 1 << 20);
  return out.bytes.slice(0, out.size);
}

it("a host without the codec refuses a plugin that chooses it, and says what it has", async () => {
  const kernel = createKernel({ adapters: [stdio()] });
  onTestFinished(() => kernel.close({ drainMs: 0 }));
  await expect(kernel.load({ path: `${repository}/plugins/capnp-ts`, permissions: { read: [repository] } })).rejects.toMatchObject({ code: "bad_handshake", message: expect.stringMatching(/codec 'capnp'.*'json' and 'msgpack'/) as string });
});

it("an event that was encoded once for many is two segments, which another Cap'n Proto reads", async (context) => {
  const rust = LANGUAGES.find(({ codecs }) => codecs.capnp !== undefined);
  const missing = rust === undefined ? "no plugin with capnp" : await buildLanguage(rust);
  if (rust === undefined || missing !== undefined) return context.skip(missing ?? "");
  const plugin = await startRaw(rust.folder, rust.codecs.capnp ?? []);
  onTestFinished(() => plugin.end());
  plugin.write(encoded({ t: "hello", host: "h", version: "1", proto: "1.0", features: ["events"], limits: { events: 64, frame: 1 << 20 } as never, grants: [], config: null, instance: "demo#1" }));
  const p = { rows: Array.from({ length: 20 }, (_, i) => ({ i })) };
  const event: Frame = { t: "ev", m: "demo.poke", p, s: shared(p) };
  for (let i = 0; i < 2; i++) {
    const bytes = encoded(event);
    expect(new DataView(bytes.buffer).getUint32(0, true)).toBe(1);
    plugin.write(bytes);
  }
  plugin.write(encoded({ t: "req", id: 1, m: "demo.heard", p: null }));
  expect((await plugin.next((frame): frame is ResponseFrame => frame.t === "res")).r).toBe(2);
});
