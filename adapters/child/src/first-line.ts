import type { Readable } from "node:stream";
import { SallyportError } from "@sallyport/bus";

const EXCERPT_BYTES = 80;

/** The first line, without its end. `then`: what follows it may be listened to. Rejects `bad_handshake` for an end without a line, and for one longer than `mostBytes`. */
export function readFirstLine(stdout: Readable, mostBytes: number, then: () => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen: Uint8Array = new Uint8Array(0);
    const stop = (): void => {
      stdout.off("data", take);
      stdout.off("close", over);
      stdout.pause();
    };
    const over = (): void => {
      stop();
      reject(seen.byteLength === 0 ? new SallyportError("bad_handshake", "the plugin closed its output without writing anything") : new SallyportError("bad_handshake", `the plugin wrote no line, but "${quote(seen)}"`));
    };
    const take = (chunk: Uint8Array): void => {
      const end = chunk.indexOf(10);
      const part = end < 0 ? chunk : chunk.subarray(0, end);
      if (seen.byteLength + part.byteLength > mostBytes) {
        seen = Buffer.concat([seen, part.subarray(0, EXCERPT_BYTES)]);
        return over();
      }
      seen = Buffer.concat([seen, part]);
      if (end < 0) return;
      stop();
      const rest = chunk.subarray(end + 1);
      if (rest.byteLength > 0) stdout.unshift(rest);
      then();
      resolve(Buffer.from(seen).toString("latin1").replace(/\r$/, ""));
    };
    stdout.on("data", take);
    stdout.once("close", over);
  });
}

/** Printable ASCII as it is, the rest as `\xNN`: what a plugin printed must not drive the reader's terminal. */
function quote(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, EXCERPT_BYTES), (byte) => (byte >= 0x20 && byte < 0x7f && byte !== 0x5c ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`)).join("");
}
