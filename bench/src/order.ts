/** What every row sends and expects back: an order as a host would hand it to a plugin. */
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

export const ORDER_BYTES = Buffer.byteLength(JSON.stringify(ORDER));
