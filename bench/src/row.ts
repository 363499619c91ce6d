import type { Order } from "./order.js";

/** One line of the table. Its file exports it as `row`; `rows.ts` gives it its name. */
export type Row = FunctionRow | BoundaryRow;

/** An echo inside this process that answers at once. */
export interface FunctionRow {
  readonly kind: "function";
  /** What is measured, in a few words. */
  readonly what: string;
  echo(order: Order): Order;
}

/** An echo behind something that has to be started first. */
export interface BoundaryRow {
  readonly kind: "boundary";
  readonly what: string;
  /** Gets ready what is not measured, such as compiling. Resolves to the reason when this machine cannot run the row. */
  unavailable?(): Promise<string | undefined>;
  /** The host's side; the first start is measured from here. */
  open(): Starter;
}

export interface Starter extends AsyncDisposable {
  start(): Promise<Echo>;
}

/** One running instance; disposing ends it. */
export interface Echo extends AsyncDisposable {
  echo(order: Order): Promise<Order>;
}
