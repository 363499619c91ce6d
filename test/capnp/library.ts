import { Frame, Message, Value, type Field, type List } from "@sallyport/capnp/schema";

/** A message being built by somebody else's Cap'n Proto, its first segment of `segmentBytes` if they are given. */
export function newMessage(segmentBytes?: number): Message {
  if (segmentBytes === undefined) return new Message();
  // It has such an arena and does not export its class: kind 1. Later segments have 4096 bytes at least.
  return new Message({ kind: 1, buffers: [new ArrayBuffer(segmentBytes)] } as unknown as ConstructorParameters<typeof Message>[0]);
}

export function bytesOf(message: Message): Uint8Array {
  return new Uint8Array(message.toArrayBuffer());
}

export function opened(bytes: Uint8Array): Message {
  return new Message(bytes, false);
}

export function readAsFrame(bytes: Uint8Array): Frame {
  return opened(bytes).getRoot(Frame);
}

/** Fills a value by the generated classes. */
export function put(into: Value, value: unknown): void {
  if (value === null) into.null = true;
  else if (typeof value === "boolean") into.bool = value;
  else if (typeof value === "bigint") into.int = value;
  else if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= 2 ** 53) into.int = BigInt(value);
  else if (typeof value === "number") into.float = value;
  else if (typeof value === "string") into.text = value;
  else if (value instanceof Date) into.time = BigInt(value.getTime());
  else if (value instanceof Uint8Array) into._initBytes(value.length).copyBuffer(value);
  else if (Array.isArray(value)) {
    const list = into._initList(value.length);
    value.forEach((item, i) => put(list.get(i), item));
  } else {
    putFields(into._initMap(Object.values(value as object).filter((item) => item !== undefined).length), value as object);
  }
}

export function putFields(into: List<Field>, map: object): void {
  const entries = Object.entries(map).filter(([, item]) => item !== undefined);
  entries.forEach(([key, item], i) => {
    into.get(i).key = key;
    put(into.get(i)._initValue(), item);
  });
}

/** Reads a value by the generated classes. */
export function got(from: Value): unknown {
  switch (from.which()) {
    case Value.NULL:
      return null;
    case Value.INT:
      return from.int <= 2n ** 53n && from.int >= -(2n ** 53n) ? Number(from.int) : from.int;
    case Value.FLOAT:
      return from.float;
    case Value.TEXT:
      return from.text;
    case Value.BYTES:
      return new Uint8Array(from.bytes.toArrayBuffer());
    case Value.LIST:
      return from.list.toArray().map(got);
    case Value.MAP:
      return gotFields(from.map);
    case Value.BOOL:
      return from.bool;
    case Value.TIME:
      return new Date(Number(from.time));
  }
}

export function gotFields(from: List<Field>): object {
  return Object.fromEntries(from.toArray().map((field) => [field.key, got(field.value)]));
}
