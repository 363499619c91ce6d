// Answers with what is no plain data, or is data made to hurt whoever reads it.
import { evil, oneOf } from "./kit.js";

const nested = (depth, wrap) => {
  let value = 1;
  for (let i = 0; i < depth; i++) value = wrap(value);
  return value;
};

export default evil(oneOf({
  proto: () => JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
  "proto-deep": () => ({ a: [JSON.parse('{"__proto__":{"polluted":true}}')] }),
  thenable: () => ({ then() {} }),
  "thenable-inside": () => [{ then: (resolve) => resolve("stolen") }],
  cyclic: () => {
    const a = {};
    a.a = [a];
    return a;
  },
  "deep-arrays": () => nested(100_000, (value) => [value]),
  "deep-maps": () => nested(100_000, (a) => ({ a })),
  "deep-65": () => nested(65, (value) => [value]),
  "length-4e9": () => new Array(4294967295),
  "length-lie": () => new Proxy([], { get: (target, key) => (key === "length" ? 2 ** 53 : target[key]) }),
  "array-like": () => ({ length: 4294967295, 0: "x" }),
  "proxy-keys": () => new Proxy({}, { ownKeys: () => Array.from({ length: 1e6 }, (_, i) => `k${i}`), getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) }),
  "proxy-throws": () => new Proxy({}, { ownKeys() {
    throw new Error("no keys for you");
  } }),
  "proxy-flips": () => {
    let looks = 0;
    return { value: new Proxy({}, { ownKeys: () => (looks++ % 2 === 0 ? ["a"] : []), getOwnPropertyDescriptor: () => ({ value: {}, enumerable: true, configurable: true }), get: () => (looks++ % 2 === 0 ? 1 : () => 1) }) };
  },
  "getter-flips": () => {
    let looks = 0;
    return { get amount() {
      return looks++ === 0 ? "1.00" : { $: "9999.00" };
    } };
  },
  "getter-throws": () => ({ get x() {
    throw new Error("while it is encoded");
  } }),
  "getter-calls": (_params, context) => ({ get x() {
    void context.call("ledger.read", 1).catch(() => undefined);
    context.log("while it is encoded");
    return 1;
  } }),
  symbols: () => ({ [Symbol("key")]: 1, value: Symbol("value") }),
  functions: () => ({ run: () => 1 }),
  bigint: () => 2n ** 4000n,
  numbers: () => [Number.NaN, Infinity],
  dates: () => [new Date(Number.NaN), new Date(8.64e15)],
  "date-subclass": () => new (class extends Date {
    getTime() {
      return "2026";
    }
    valueOf() {
      return { toString: () => "x" };
    }
  })(),
  "to-json": () => ({ toJSON: () => "stolen", amount: 1 }),
  classes: () => new (class Wallet {
    amount = 1;
  })(),
  collections: () => [new Map([[1, 2]]), new Set([1]), /x/, new Error("x")],
  undefined: () => [undefined, , 1],
  surrogates: () => ({ "\ud800": "\udfff" }),
  "huge-text": () => "x".repeat(64 << 20),
  "huge-bytes": () => new Uint8Array(64 << 20),
  wide: () => Object.fromEntries(Array.from({ length: 300_000 }, (_, i) => [`k${i}`, i])),
  many: () => new Array(1_000_000).fill({}),
  aliases: () => nested(24, (value) => [value, value]),
  "bytes-subclass": () => {
    class Lying extends Uint8Array {
      get length() {
        return 1 << 30;
      }
      get byteLength() {
        return 1 << 30;
      }
    }
    return new Lying(8);
  },
  shrinking: () => {
    const buffer = new ArrayBuffer(1 << 16, { maxByteLength: 1 << 16 });
    const bytes = new Uint8Array(buffer);
    return { bytes, get then() {
      buffer.resize(0);
      return undefined;
    } };
  },
  shared: () => new Uint8Array(new SharedArrayBuffer(64)),
  control: () => ({ "\u001b[2J\u202e": "\u001b]0;owned\u0007 \u202e\u2066 \u0000" }),
  nothing: () => new Promise(() => undefined),
}));
