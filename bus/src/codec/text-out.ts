import type { Bytes } from "./bytes.js";

/** Appends text as UTF-8. */
export interface TextWriter {
  /** Text of any length and script, which must be well formed. */
  write(text: string, out: Bytes): void;
}

export function createTextWriter(): TextWriter {
  // Made at first use: a realm without them can still import the bus.
  let encoder: InstanceType<typeof TextEncoder> | undefined;
  return {
    write(text, out) {
      encoder ??= new TextEncoder();
      let rest = text;
      // Most text is ASCII: room for three bytes a character is made only for what did not fit.
      let room = rest.length;
      for (;;) {
        out.reserve(room);
        const { read, written } = encoder.encodeInto(rest, out.bytes.subarray(out.size));
        out.size += written;
        if (read === rest.length) return;
        rest = rest.slice(read);
        room = rest.length * 3;
      }
    },
  };
}

/** Stores text at `at` if it is all ASCII; there must be room. Returns whether it was. */
export function storeAscii(text: string, view: DataView, at: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return false;
    view.setUint8(at + i, code);
  }
  return true;
}
