import { SallyportError } from "@sallyport/bus";
import { wireOf, writeScalar, wrong } from "./scalars.js";
import type { EnumType, Field, FieldType, MessageType, Scalar } from "./schema.js";
import { asList, asMap, WELL_KNOWN } from "./well-known.js";
import { createWireWriter, type WireType, type WireWriter } from "./wire.js";

/** Plain data as a message. Throws `invalid_argument` naming the field that does not fit. */
export function encode(type: MessageType, value: unknown, path = "params"): Uint8Array {
  const own = WELL_KNOWN.get(type.name);
  if (own !== undefined) return own.write(value, path);
  const map = asMap(value ?? {}, path);
  for (const key of Object.keys(map)) {
    if (map[key] !== undefined && !type.byName.has(key)) {
      throw new SallyportError("invalid_argument", `${type.name} has no field '${key.slice(0, 100)}'`, { path: `${path}.${key.slice(0, 100)}`, help: `Its fields are: ${type.fields.map(({ name }) => name).join(", ") || "none"}.` });
    }
  }
  const to = createWireWriter();
  const taken = new Map<string, string>();
  for (const field of type.fields) {
    const at = `${path}.${field.name}`;
    const given = map[field.name];
    if (isAbsent(field, given)) {
      if (field.required) throw wrong(at, "given");
      continue;
    }
    const before = field.oneof === undefined ? undefined : taken.get(field.oneof);
    if (before !== undefined) throw new SallyportError("invalid_argument", `${field.name} and ${before} cannot both be set`, { path: at, help: "Leave one of them out." });
    if (field.oneof !== undefined) taken.set(field.oneof, field.name);
    writeField(to, field, given, at);
  }
  return to.finish();
}

/** `null` is a value to google.protobuf.Value alone; to every other field it is none. */
function isAbsent({ type }: Field, given: unknown): boolean {
  return given === undefined || (given === null && !(type.kind === "message" && type.of().name === "google.protobuf.Value"));
}

function writeField(to: WireWriter, field: Field, given: unknown, path: string): void {
  const { number, type } = field;
  if (field.keys !== undefined) {
    for (const [key, value] of Object.entries(asMap(given, path))) {
      if (value === undefined) continue;
      to.tag(number, 2);
      to.bytes(entry(field.keys, key, type, value, `${path}.${key}`));
    }
  } else if (field.repeated) {
    const list = asList(given, path);
    if (field.packed && list.length > 0) {
      to.tag(number, 2);
      const run = createWireWriter();
      for (const [i, value] of list.entries()) writeOne(run, type, value, `${path}[${i}]`);
      to.bytes(run.finish());
    } else {
      for (const [i, value] of list.entries()) {
        to.tag(number, wireFor(type));
        writeOne(to, type, value, `${path}[${i}]`);
      }
    }
  } else {
    to.tag(number, wireFor(type));
    writeOne(to, type, given, path);
  }
}

function entry(keys: Scalar, key: string, type: FieldType, value: unknown, path: string): Uint8Array {
  const to = createWireWriter();
  to.tag(1, wireOf(keys));
  writeScalar(keys, to, keyOf(keys, key), path);
  to.tag(2, wireFor(type));
  writeOne(to, type, value, path);
  return to.finish();
}

/** Keys are text here, whatever they are there. */
function keyOf(keys: Scalar, key: string): unknown {
  if (keys === "string") return key;
  if (keys === "bool") return key === "true" ? true : key === "false" ? false : key;
  return /^-?[0-9]{1,20}$/.test(key) ? BigInt(key) : key;
}

function wireFor(type: FieldType): WireType {
  if (type.kind === "scalar") return wireOf(type.scalar);
  return type.kind === "enum" ? 0 : 2;
}

function writeOne(to: WireWriter, type: FieldType, value: unknown, path: string): void {
  if (type.kind === "scalar") writeScalar(type.scalar, to, value, path);
  else if (type.kind === "enum") to.varint(numberOf(type.of, value, path));
  else to.bytes(encode(type.of(), value, path));
}

function numberOf(type: EnumType, value: unknown, path: string): number {
  const number = typeof value === "string" ? type.numbers.get(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && Math.abs(number) <= 2 ** 31) return number;
  throw wrong(path, `one of ${[...type.numbers.keys()].slice(0, 20).join(", ")}`);
}
