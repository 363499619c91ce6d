import { stat } from "node:fs/promises";
import { isSallyportError } from "@sallyport/bus";
import { afterAll, beforeAll, expect } from "vitest";
import { census, type Census } from "../lifecycle/census.js";

/** Long enough to come through a pipe in pieces. */
export const LARGE = "x".repeat(900_000);

export interface Counted { readonly outcomes: string[]; settled(): Promise<void> }

/** Each call's outcomes, however many: there must be one. */
export function count(calls: readonly Promise<unknown>[]): Counted {
  const outcomes: string[] = [];
  const all = calls.map((call) => call.then(() => void outcomes.push("ok"), (error: unknown) => void outcomes.push(isSallyportError(error) ? error.code : `untyped ${String(error)}`)));
  return { outcomes, settled: async () => void (await Promise.all(all)) };
}

export async function drain(items: AsyncGenerator<unknown>): Promise<unknown> {
  for (;;) {
    const { done, value } = await items.next();
    if (done === true) return value;
  }
}

export async function* endless(): AsyncGenerator<number> {
  for (let i = 0; ; i++) {
    yield i;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** All tests of a suite together leave no descriptor, thread or child process behind. */
export function leavesNothing(): void {
  let before: unknown;
  const held = ({ descriptors, children, threads }: Census): unknown => ({ descriptors, children, threads });
  beforeAll(async () => {
    // The first use of files starts the engine's own threads, which stay.
    await stat(".");
    before = held(await census());
  });
  afterAll(async () => {
    expect(held(await census())).toEqual(before);
  });
}
