import { closeSync, constants, readFileSync } from "node:fs";
import { SallyportError } from "@sallyport/bus";
import { openPrivate } from "./private-file.js";

const LEAST_BYTES = 32;
const MOST_BYTES = 4096;

/** The key of a chain, from a file that nobody else can read. Throws `permission_denied`, `not_found`, `invalid_argument`. */
export function readKey(file: string): Uint8Array {
  const fd = openPrivate(file, constants.O_RDONLY);
  try {
    const key = readFileSync(fd);
    if (key.length < LEAST_BYTES || key.length > MOST_BYTES) {
      throw new SallyportError("invalid_argument", `${file} has ${key.length} bytes; a key has ${LEAST_BYTES} to ${MOST_BYTES}`, { path: file, help: `Make one: (umask 077; head -c 32 /dev/urandom > ${file})` });
    }
    return key;
  } finally {
    closeSync(fd);
  }
}
