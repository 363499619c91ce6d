import { readFileSync } from "node:fs";
import { createBytes, jsonCodec, type Frame, type ResponseFrame } from "@sallyport/bus";
import { capnpCodec } from "@sallyport/capnp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonical, fromHex, utf8 } from "../bus/canonical.js";
import { buildLanguage, LANGUAGES } from "./build.js";
import { startRaw, type RawPlugin } from "./raw.js";

interface Vector { readonly name: string; readonly json: string; readonly msgpack: string; readonly also?: { readonly json?: readonly string[]; readonly msgpack?: readonly string[] } }
const load = <T>(name: string): readonly (Vector & T)[] => JSON.parse(readFileSync(new URL(`../../bus/vectors/${name}.json`, import.meta.url), "utf8")) as (Vector & T)[];
const values = load("values");
const frames = load<{ type: Frame["t"] }>("frames");

/** Frames that a host sends of its own accord and that ask for no answer. `bye` and a second hello would end the session. */
const UNANSWERED = new Set<Frame["t"]>(["ev", "cancel", "credit", "pong"]);
const isResponse = (frame: Frame): frame is ResponseFrame => frame.t === "res";

type CodecName = "json" | "msgpack" | "capnp";

/** There are no golden bytes of Cap'n Proto: what means the same may lie anywhere in a message. */
function asCapnp(frame: unknown): Uint8Array {
  const out = createBytes();
  capnpCodec.createEncoder().encode(frame as Frame, out, 1 << 20);
  return out.bytes.slice(0, out.size);
}

/** The bytes of `demo.echo` with golden bytes as its params, spliced: no codec of ours touches them. */
function echo(codec: CodecName, id: number, value: string): Uint8Array {
  if (codec === "capnp") return asCapnp({ t: "req", id, m: "demo.echo", p: jsonCodec.decode(utf8(value)) });
  if (codec === "json") return utf8(`{"t":"req","id":${id},"m":"demo.echo","p":${value}}`);
  const idBytes = `cd${id.toString(16).padStart(4, "0")}`;
  return fromHex(`84a174a3726571a26964${idBytes}a16da964656d6f2e6563686fa170${value}`);
}

describe.each(LANGUAGES.flatMap((language) => Object.entries(language.codecs).map(([codec, args]) => ({ language, codec: codec as CodecName, args, what: `${language.name}, ${codec}` }))))("golden bytes in $what", ({ language, codec, args }) => {
  let skip: string | undefined;
  let plugin: RawPlugin | undefined;
  let id = 1;
  const hostHello = frames.find((frame) => frame.name === "hello, host") as Vector;
  const bytes = (vector: Vector): Uint8Array => ({ json: utf8(vector.json), msgpack: fromHex(vector.msgpack), capnp: asCapnp(jsonCodec.decode(utf8(vector.json))) })[codec];

  beforeAll(async () => {
    skip = await buildLanguage(language);
    if (skip !== undefined) return;
    plugin = await startRaw(language.folder, args);
    plugin.write(bytes(hostHello));
  });
  afterAll(() => plugin?.end());

  it.for(values)("mean the same: $name", async (vector, context) => {
    if (plugin === undefined) return context.skip(skip ?? "");
    const body = codec === "msgpack" ? plugin.codec.decode(fromHex(vector.msgpack)) : jsonCodec.decode(utf8(vector.json));
    const spelled = codec === "capnp" ? "json" : codec;
    for (const spelling of [vector[spelled], ...(vector.also?.[spelled] ?? [])]) {
      id += 2;
      const mine = id;
      plugin.write(echo(codec, mine, spelling));
      const answer = await plugin.next((frame): frame is ResponseFrame => isResponse(frame) && frame.id === mine);
      expect(canonical(answer.r), spelling).toEqual(canonical(body));
    }
  });

  it("of every frame that a host sends unasked are taken, and the plugin still answers", async (context) => {
    if (plugin === undefined) return context.skip(skip ?? "");
    for (const frame of frames) if (UNANSWERED.has(frame.type)) plugin.write(bytes(frame));
    id += 2;
    const mine = id;
    plugin.write(echo(codec, mine, codec === "msgpack" ? "a468657265" : '"here"'));
    const answer = await plugin.next((frame): frame is ResponseFrame => isResponse(frame) && frame.id === mine);
    expect(answer.r).toBe("here");
  });
});
