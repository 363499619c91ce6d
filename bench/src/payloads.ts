import type { Payload } from "./results.js";

/** An order as a host would hand it to a plugin. */
export interface Order {
  readonly id: number;
  readonly symbol: string;
  readonly side: string;
  readonly quantity: number;
  readonly price: string;
  readonly currency: string;
  readonly account: string;
}

export const ORDER: Order = {
  id: 417_302,
  symbol: "NESN",
  side: "buy",
  quantity: 120,
  price: "98.46",
  currency: "CHF",
  account: "31-7731-04",
};

export const PAYLOADS: readonly Payload[] = ["S", "M", "L"];

/** A new one each time: nothing is shared between cells, and a buffer may be given away. */
export function payloadOf(payload: Payload): unknown {
  if (payload === "S") return ORDER;
  if (payload === "M") return Array.from({ length: 40 }, (_, index) => ({ ...ORDER, id: ORDER.id + index }));
  return Uint8Array.from({ length: 1 << 20 }, (_, index) => (index * 31) % 251);
}
