import { createWireReader } from "../proto/wire.js";
import { isMessage, type Exchange } from "../rpc/exchange.js";
import type { Ended } from "../status.js";

export function sendOne(exchange: Exchange, message: Uint8Array): void {
  void exchange.send(message);
  exchange.finish();
}

/** Reads to the end. A message that cannot be read ends it. */
export async function drain(exchange: Exchange, take: (message: Uint8Array) => void): Promise<Ended> {
  for (;;) {
    const what = await exchange.receive();
    if (!isMessage(what)) return what;
    try {
      take(what);
    } catch {
      exchange.cancel();
    }
  }
}

export function numberIn(message: Uint8Array, field: number): bigint | undefined {
  const from = createWireReader(message);
  let value: bigint | undefined;
  while (!from.done) {
    const { number, wire } = from.tag();
    if (number === field && wire === 0) value = from.varint();
    else from.skip(wire);
  }
  return value;
}
