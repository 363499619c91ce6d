import type { Limits } from "@sallyport/bus";
import { createBudget, deeper, type Budget } from "./budget.js";
import { readScalar, wireOf, zeroOf } from "./scalars.js";
import type { Field, FieldType, MessageType } from "./schema.js";
import { safeKey, WELL_KNOWN } from "./well-known.js";
import { broken, createWireReader, type WireReader, type WireType } from "./wire.js";

type Message = Record<string, unknown>;

/**
 * A message as plain data. Bounded in values and depth while it is read, whatever it holds; nothing is made from the type's names.
 * Throws `internal` for what is no such message, `resource_exhausted` for what is too much.
 */
export function decode(type: MessageType, bytes: Uint8Array, limits: Pick<Limits, "frameItems" | "frameDepth">): unknown {
  const budget = createBudget(limits);
  return readMessage(type, bytes, undefined, budget, budget.depth);
}

function readMessage(type: MessageType, bytes: Uint8Array, into: unknown, budget: Budget, depth: number): unknown {
  const own = WELL_KNOWN.get(type.name);
  if (own !== undefined) return own.read(bytes, budget, depth);
  const out = isMessage(into) ? into : blank(type, budget);
  const from = createWireReader(bytes);
  while (!from.done) {
    const { number, wire } = from.tag();
    const field = type.byNumber.get(number);
    if (field === undefined) from.skip(wire);
    else readField(type, field, wire, from, out, budget, depth);
  }
  return out;
}

/** Everything that is there unasked: lists, maps, and the zero of what cannot be absent. It counts, since two bytes can ask for it. */
function blank(type: MessageType, budget: Budget): Message {
  const out: Message = {};
  budget.take(1 + type.fields.length);
  for (const field of type.fields) {
    if (field.keys !== undefined) out[field.name] = {};
    else if (field.repeated) out[field.name] = [];
    else if (!field.presence) out[field.name] = zero(field.type);
  }
  return out;
}

function zero(type: FieldType): unknown {
  if (type.kind === "scalar") return zeroOf(type.scalar);
  return type.kind === "enum" ? (type.of.names.get(0) ?? 0) : undefined;
}

function readField(type: MessageType, field: Field, wire: WireType, from: WireReader, out: Message, budget: Budget, depth: number): void {
  if (field.keys !== undefined) {
    expectWire(type, field, wire, 2);
    const { key, value } = readEntry(field, field.keys, from.bytes(), budget, deeper(depth));
    (out[field.name] as Message)[safeKey(String(key))] = value;
    return;
  }
  const usual = field.type.kind === "message" ? 2 : field.type.kind === "enum" ? 0 : wireOf(field.type.scalar);
  if (field.repeated) {
    const list = out[field.name] as unknown[];
    if (wire === 2 && usual !== 2) {
      const run = createWireReader(from.bytes());
      while (!run.done) list.push(readOne(field.type, run, undefined, budget, depth));
      return;
    }
    expectWire(type, field, wire, usual);
    list.push(readOne(field.type, from, undefined, budget, deeper(depth)));
    return;
  }
  expectWire(type, field, wire, usual);
  if (field.oneof !== undefined) for (const other of type.fields) if (other.oneof === field.oneof && other !== field) delete out[other.name];
  out[field.name] = readOne(field.type, from, out[field.name], budget, depth);
}

function readOne(type: FieldType, from: WireReader, before: unknown, budget: Budget, depth: number): unknown {
  // A message that comes twice is one message in two parts.
  if (type.kind === "message") return readMessage(type.of(), from.bytes(), before, budget, deeper(depth));
  budget.take(1);
  if (type.kind === "scalar") return readScalar(type.scalar, from);
  const number = Number(BigInt.asIntN(32, from.varint()));
  return type.of.names.get(number) ?? number;
}

function readEntry(field: Field, keys: NonNullable<Field["keys"]>, bytes: Uint8Array, budget: Budget, depth: number): { readonly key: unknown; readonly value: unknown } {
  let key = zeroOf(keys);
  let value: unknown;
  const from = createWireReader(bytes);
  while (!from.done) {
    const { number, wire } = from.tag();
    if (number === 1 && wire === wireOf(keys)) key = readScalar(keys, from);
    else if (number === 2) value = readOne(field.type, from, undefined, budget, depth);
    else from.skip(wire);
  }
  if (value === undefined) value = field.type.kind === "message" ? readMessage(field.type.of(), new Uint8Array(0), undefined, budget, depth) : zero(field.type);
  return { key, value };
}

function expectWire(type: MessageType, field: Field, wire: WireType, usual: WireType): void {
  if (wire !== usual) throw broken(`${type.name}.${field.name} comes as wire type ${wire}, not ${usual}`);
}

function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null;
}
