import { once } from "node:events";
import type { Writable } from "node:stream";
import { SallyportError } from "@sallyport/bus";
import { writeJson } from "./spelling.js";

/**
 * Writes the caller's items, one a line: a text as it is, anything else as JSON. As fast as the program reads, and no
 * longer than it wants to. Rejects for an item that is no line.
 */
export async function feed(stdin: Writable, items: AsyncIterable<unknown>, ended: Promise<unknown>): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  const closed = Promise.race([ended, once(stdin, "close").catch(() => undefined)]).then(() => CLOSED);
  try {
    for (;;) {
      const step = await Promise.race([iterator.next(), closed]);
      if (step === CLOSED || step.done === true) break;
      const more = stdin.write(lineOf(step.value));
      if (!more && (await Promise.race([once(stdin, "drain").catch(() => undefined), closed])) === CLOSED) break;
    }
  } finally {
    stdin.end();
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

const CLOSED = { done: true, value: undefined } as const;
const NEWLINE = 0x0a;

function lineOf(item: unknown): Uint8Array {
  if (typeof item !== "string") return Buffer.concat([writeJson(item, "json"), Uint8Array.of(NEWLINE)]);
  if (item.includes("\n")) throw new SallyportError("invalid_argument", "an item of the input stream holds a line end, and the program reads lines", { path: "input", help: "Send each line as an item of its own." });
  return Buffer.from(`${item}\n`, "utf8");
}
