import { createReadStream } from "node:fs";
import { access, constants } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { SallyportError } from "@sallyport/bus";
import { readJsonText } from "./json-text.js";

/** More than any frame can carry. */
const MAX_BYTES = 32 << 20;

export async function readText(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new SallyportError("invalid_argument", `the input holds more than ${MAX_BYTES} bytes`, { help: "Send items one by one with --input." });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The whole of a file, or of stdin (`-`). Throws `not_found`. */
export async function readFileText(name: string): Promise<string> {
  return readText(name === "-" ? process.stdin : createReadStream(name));
}

/** Throws `not_found` before anything is started. */
export async function assertReadable(name: string, option: string, help: string): Promise<void> {
  if (name === "-") return;
  await access(name, constants.R_OK).catch((cause: Error) => {
    throw new SallyportError("not_found", `${option} ${name} cannot be read: ${cause.message}`, { help });
  });
}

/**
 * Items of an input stream: one JSON value a line, of a file or (`-`) of stdin. `failed` hears of a broken line
 * before the reader does, so that the call is cancelled and the items so far are not taken for all of them.
 */
export async function* readInput(name: string, failed: (error: unknown) => void): AsyncGenerator<unknown, void, void> {
  const source = name === "-" ? process.stdin : createReadStream(name);
  const lines = createInterface({ input: source, crlfDelay: Infinity });
  let line = 0;
  try {
    for await (const text of lines) {
      line++;
      if (text.trim() !== "") yield readJsonText(text, `${name === "-" ? "stdin" : name} line ${line}`);
    }
  } catch (error) {
    failed(error);
    throw error;
  } finally {
    lines.close();
    // An unread stdin would keep the process alive.
    if (name === "-") process.stdin.destroy();
    else source.destroy();
  }
}
