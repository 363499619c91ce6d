import type { LinearMemory } from "./engine.js";

/** A module's memory, looked at anew after it has grown. */
export interface Memory {
  view(): DataView;
  /** A part of it. Throws `RangeError` where there is none. */
  part(at: number, length: number): Uint8Array<ArrayBuffer>;
}

export function memoryOf(memory: () => LinearMemory): Memory {
  let bytes = new Uint8Array(0);
  let view = new DataView(bytes.buffer);
  const renew = (): void => {
    const { buffer } = memory();
    if (buffer === bytes.buffer) return;
    bytes = new Uint8Array(buffer);
    view = new DataView(buffer);
  };
  return {
    view() {
      renew();
      return view;
    },
    part(at, length) {
      renew();
      // Numbers from wasm are signed.
      const [from, size] = [at >>> 0, length >>> 0];
      if (from + size > bytes.length) throw new RangeError(`${size} bytes at ${from} are not in a memory of ${bytes.length}`);
      return bytes.subarray(from, from + size);
    },
  };
}
