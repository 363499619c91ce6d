import { type Budget, deeper } from "./budget.js";
import { revive, spell, spellKey } from "./plain.js";
import { readScalar, wireOf, writeScalar, wrong, zeroOf } from "./scalars.js";
import type { Scalar } from "./schema.js";
import { broken, createWireReader, createWireWriter, type WireReader, type WireWriter } from "./wire.js";

/** A message type that is a value of its own here, not a map of its fields. */
export interface WellKnown {
  read(bytes: Uint8Array, budget: Budget, depth: number): unknown;
  write(value: unknown, path: string): Uint8Array;
}

const YEARS_MS = { least: -62_167_219_200_000, most: 253_402_300_799_999 };

const WRAPPER = { double: "Double", float: "Float", int64: "Int64", uint64: "UInt64", int32: "Int32", uint32: "UInt32", bool: "Bool", string: "String", bytes: "Bytes" } as const;

export const WELL_KNOWN: ReadonlyMap<string, WellKnown> = new Map<string, WellKnown>([
  ["google.protobuf.Value", { read: readValue, write: (value, path) => message((to) => writeValue(to, value, path)) }],
  ["google.protobuf.Struct", { read: readStruct, write: (value, path) => message((to) => writeStruct(to, asMap(value ?? {}, path), path, spellKey)) }],
  ["google.protobuf.ListValue", { read: readList, write: (value, path) => message((to) => writeList(to, asList(value ?? [], path), path)) }],
  ["google.protobuf.Timestamp", { read: readTime, write: writeTime }],
  ["google.protobuf.Duration", { read: readDuration, write: writeDuration }],
  ...(["double", "float", "int64", "uint64", "int32", "uint32", "bool", "string", "bytes"] as const).map((scalar) => [`google.protobuf.${WRAPPER[scalar]}Value`, wrapperOf(scalar)] as const),
  ["google.protobuf.Empty", { read: () => null, write: () => new Uint8Array(0) }],
]);

function message(fill: (to: WireWriter) => void): Uint8Array {
  const to = createWireWriter();
  fill(to);
  return to.finish();
}

function* fieldsOf(bytes: Uint8Array): Generator<{ readonly number: number; readonly from: WireReader; skip(): void }> {
  const from = createWireReader(bytes);
  while (!from.done) {
    const { number, wire } = from.tag();
    yield { number, from, skip: () => from.skip(wire) };
  }
}

function readValue(bytes: Uint8Array, budget: Budget, depth: number): unknown {
  budget.take(1);
  let value: unknown = null;
  const from = createWireReader(bytes);
  while (!from.done) {
    const { number, wire } = from.tag();
    if (number === 1 && wire === 0) from.varint();
    if (number === 1) value = null;
    else if (number === 2 && wire === 1) {
      value = from.fixed64().getFloat64(0, true);
      if (!Number.isFinite(value)) throw broken("a number is infinite or not a number, which no value here can be");
    } else if (number === 3 && wire === 2) value = from.text();
    else if (number === 4 && wire === 0) value = from.varint() !== 0n;
    else if (number === 5 && wire === 2) value = readStruct(from.bytes(), budget, deeper(depth));
    else if (number === 6 && wire === 2) value = readList(from.bytes(), budget, deeper(depth));
    else from.skip(wire);
  }
  return value;
}

function readStruct(bytes: Uint8Array, budget: Budget, depth: number): unknown {
  const map: Record<string, unknown> = {};
  for (const { number, from, skip } of fieldsOf(bytes)) {
    if (number !== 1) skip();
    else {
      const { key, value } = readEntry(from.bytes());
      map[safeKey(key)] = readValue(value, budget, depth);
    }
  }
  return revive(map);
}

function readEntry(bytes: Uint8Array): { readonly key: string; readonly value: Uint8Array } {
  let key = "";
  let value: Uint8Array = new Uint8Array(0);
  for (const { number, from, skip } of fieldsOf(bytes)) {
    if (number === 1) key = from.text();
    else if (number === 2) value = from.bytes();
    else skip();
  }
  return { key, value };
}

function readList(bytes: Uint8Array, budget: Budget, depth: number): unknown[] {
  const list: unknown[] = [];
  for (const { number, from, skip } of fieldsOf(bytes)) {
    if (number === 1) list.push(readValue(from.bytes(), budget, depth));
    else skip();
  }
  return list;
}

/** No key may reach a prototype. */
export function safeKey(key: string): string {
  if (key === "__proto__") throw broken("a key is '__proto__', which no map here may have");
  return key;
}

function writeValue(to: WireWriter, value: unknown, path: string): void {
  const nested = (number: number, fill: (to: WireWriter) => void): void => {
    to.tag(number, 2);
    to.bytes(message(fill));
  };
  const spelled = spell(value);
  if (value === null || value === undefined) {
    to.tag(1, 0);
    to.varint(0);
  } else if (typeof value === "number") {
    to.tag(2, 1);
    to.fixed(8, (view) => view.setFloat64(0, value, true));
  } else if (typeof value === "string") {
    to.tag(3, 2);
    to.text(value);
  } else if (typeof value === "boolean") {
    to.tag(4, 0);
    to.varint(value ? 1 : 0);
  } else if (spelled !== undefined) nested(5, (inner) => writeStruct(inner, spelled, path, (key) => key));
  else if (Array.isArray(value)) nested(6, (inner) => writeList(inner, value, path));
  else nested(5, (inner) => writeStruct(inner, asMap(value, path), path, spellKey));
}

function writeStruct(to: WireWriter, map: Readonly<Record<string, unknown>>, path: string, spelled: (key: string) => string): void {
  for (const [key, value] of Object.entries(map)) {
    if (value === undefined) continue;
    to.tag(1, 2);
    to.bytes(message((entry) => {
      entry.tag(1, 2);
      entry.text(spelled(key));
      entry.tag(2, 2);
      entry.bytes(message((inner) => writeValue(inner, value, `${path}.${key}`)));
    }));
  }
}

function writeList(to: WireWriter, list: readonly unknown[], path: string): void {
  for (const [i, value] of list.entries()) {
    to.tag(1, 2);
    to.bytes(message((inner) => writeValue(inner, value, `${path}[${i}]`)));
  }
}

export function asMap(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && spell(value) === undefined) return value as Record<string, unknown>;
  throw wrong(path, "a map");
}

export function asList(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrong(path, "a list");
}

/** A scalar that can be absent, from before fields could say so themselves. */
function wrapperOf(scalar: Scalar): WellKnown {
  return {
    read(bytes, budget) {
      budget.take(1);
      let value = zeroOf(scalar);
      const from = createWireReader(bytes);
      while (!from.done) {
        const { number, wire } = from.tag();
        if (number === 1 && wire === wireOf(scalar)) value = readScalar(scalar, from);
        else from.skip(wire);
      }
      return value;
    },
    write: (value, path) => message((to) => {
      to.tag(1, wireOf(scalar));
      writeScalar(scalar, to, value ?? zeroOf(scalar), path);
    }),
  };
}

/** Timestamp and Duration are seconds and nanoseconds. */
function readParts(bytes: Uint8Array): { readonly seconds: bigint; readonly nanos: bigint } {
  let [seconds, nanos] = [0n, 0n];
  for (const { number, from, skip } of fieldsOf(bytes)) {
    if (number === 1) seconds = BigInt.asIntN(64, from.varint());
    else if (number === 2) nanos = BigInt.asIntN(32, from.varint());
    else skip();
  }
  return { seconds, nanos };
}

function writeParts(seconds: bigint, nanos: bigint): Uint8Array {
  return message((to) => {
    to.tag(1, 0);
    to.varint(seconds);
    to.tag(2, 0);
    to.varint(nanos);
  });
}

function readTime(bytes: Uint8Array, budget: Budget): Date {
  budget.take(1);
  const { seconds, nanos } = readParts(bytes);
  const ms = Number(seconds) * 1000 + Math.floor(Number(nanos) / 1e6);
  if (!(ms >= YEARS_MS.least && ms <= YEARS_MS.most)) throw broken("a time is outside of the years 0000 to 9999");
  return new Date(ms);
}

function writeTime(value: unknown, path: string): Uint8Array {
  if (!(value instanceof Date)) throw wrong(path, "a time");
  const seconds = Math.floor(value.getTime() / 1000);
  return writeParts(BigInt(seconds), BigInt(value.getTime() - seconds * 1000) * 1_000_000n);
}

/** As protobuf's JSON has it: `1.5s`. */
function readDuration(bytes: Uint8Array, budget: Budget): string {
  budget.take(1);
  const { seconds, nanos } = readParts(bytes);
  const all = seconds * 1_000_000_000n + nanos;
  const [whole, rest] = [abs(all) / 1_000_000_000n, abs(all) % 1_000_000_000n];
  const fraction = rest === 0n ? "" : `.${rest.toString().padStart(9, "0").replace(/0+$/, "")}`;
  return `${all < 0n ? "-" : ""}${whole}${fraction}s`;
}

function writeDuration(value: unknown, path: string): Uint8Array {
  const [, minus, seconds = "", fraction = ""] = (typeof value === "string" && /^(-?)([0-9]{1,12})(?:\.([0-9]{1,9}))?s$/.exec(value)) || [];
  if (seconds === "") throw wrong(path, "a duration such as \"1.5s\"");
  const sign = minus === "-" ? -1n : 1n;
  return writeParts(sign * BigInt(seconds), sign * BigInt(fraction.padEnd(9, "0")));
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
