// What a frame costs in each codec: `node adapters/capnp/scripts/cost.mjs`, after `npm run build`. CPU time of encoding and of decoding one
// response, the best of several runs, for the payloads of the benchmark: an order, 40 orders, 1 MiB.
import { createBytes, jsonCodec, msgpackCodec } from "@sallyport/bus";
import { capnpCodec } from "@sallyport/capnp";

const ORDER = { id: 417_302, symbol: "NESN", side: "buy", quantity: 120, price: "98.46", currency: "CHF", account: "31-7731-04" };
const PAYLOADS = { S: ORDER, M: Array.from({ length: 40 }, (_, i) => ({ ...ORDER, id: ORDER.id + i })), L: Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 31) % 251) };
const TIMES = { S: 20_000, M: 1000, L: 20 };
const RUNS = 15;

function bestOf(times, run) {
  let best = Infinity;
  for (let i = 0; i < RUNS; i++) {
    const before = process.cpuUsage();
    for (let k = 0; k < times; k++) run();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / times);
  }
  return best.toPrecision(3);
}

console.log("| payload | codec | bytes | encode, µs | decode, µs |\n| --- | --- | ---: | ---: | ---: |");
for (const [name, r] of Object.entries(PAYLOADS)) {
  for (const codec of [jsonCodec, msgpackCodec, capnpCodec]) {
    const [encoder, decoder, out] = [codec.createEncoder(), codec.createDecoder(), createBytes()];
    const encode = () => {
      out.size = 0;
      encoder.encode({ t: "res", id: 1, r }, out, 16 << 20);
    };
    const [encoded, decoded] = [bestOf(TIMES[name], encode), bestOf(TIMES[name], () => decoder.decode(out.bytes, 0, out.size))];
    console.log(`| ${name} | ${codec.name} | ${out.size.toLocaleString("en")} | ${encoded} | ${decoded} |`);
  }
}
