import { createBytes, jsonCodec, msgpackCodec, recordCodec, type Codec, type ResponseFrame } from "@sallyport/bus";
import { capnpCodec } from "@sallyport/capnp";
import { functionBaseline, type FunctionBaseline } from "./function.js";

const MAX_BYTES = 8 << 20;

/** What a codec alone costs: one frame encoded, and decoded with every check, as on a connection that has been used before. */
function codecBaseline(codec: Codec): FunctionBaseline {
  const encoder = codec.createEncoder();
  const decoder = codec.createDecoder();
  const out = createBytes();
  return functionBaseline(`codec-${codec.name}`, (payload) => {
    out.size = 0;
    encoder.encode({ t: "res", id: 1, r: payload }, out, MAX_BYTES);
    return (decoder.decode(out.bytes, 0, out.size) as ResponseFrame).r;
  });
}

export const CODECS: readonly FunctionBaseline[] = [recordCodec, msgpackCodec, jsonCodec, capnpCodec].map(codecBaseline);
