import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { msgpackCodec } from "@sallyport/bus";
import { Packr, Unpackr } from "msgpackr";
import { describe, test } from "vitest";
import { anyValue, canonical } from "./arbitrary.js";

// Somebody else's MessagePack: what we write has to be read by it, and the reverse.
const packr = new Packr({ useRecords: false, variableMapSize: true, useToJSON: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: "auto" as "bigint", copyBuffers: true });

/** Its reader takes a byte order mark at the start of a text away; ours does not, and codec.test.ts says so. */
const hasMark = (value: unknown): boolean => JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item))?.includes("\ufeff") ?? false;

/** Its writer makes a float of an integer beyond 32 bits, and writes what is undefined. */
function asItWouldBeWritten(value: unknown): unknown {
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 2 ** 53 && (value > 0xffff_ffff || value < -0x8000_0000)) return BigInt(value);
  if (Array.isArray(value)) return value.map(asItWouldBeWritten);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => [key, asItWouldBeWritten(item)]));
}

const plain = (value: unknown): unknown => {
  if (Buffer.isBuffer(value)) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
};

describe("MessagePack, against msgpackr", () => {
  test("it reads what we write", () => {
    fc.assert(fc.property(anyValue.filter((value) => !hasMark(value)), (value) => deepStrictEqual(plain(unpackr.unpack(msgpackCodec.encode(value))), canonical(value))), { numRuns: 1000 });
  });

  test("we read what it writes", () => {
    fc.assert(fc.property(anyValue, (value) => deepStrictEqual(msgpackCodec.decode(packr.pack(asItWouldBeWritten(value))), canonical(value))), { numRuns: 1000 });
  });
});
