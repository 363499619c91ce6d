import type { Endowment } from "./endowment.js";

// Node's own instances carry native handles under symbols, and its errors carry its classes: both stay inside.
const Encoder = TextEncoder;
const Decoder = TextDecoder;
const { atob: decode64, btoa: encode64 } = globalThis;

/** TextEncoder, TextDecoder, atob and btoa. They hold no authority, so nothing is revoked. */
export function text(): Endowment {
  class TextEncoder {
    readonly #inner = new Encoder();
    get encoding(): string {
      return "utf-8";
    }
    encode(input = ""): Uint8Array {
      // A copy of exactly its size: Node's may be part of a larger buffer.
      return new Uint8Array(this.#inner.encode(String(input)));
    }
  }
  class TextDecoder {
    readonly #inner: InstanceType<typeof Decoder>;
    constructor(label = "utf-8", options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean }) {
      const plain = { fatal: Boolean(options?.fatal), ignoreBOM: Boolean(options?.ignoreBOM) };
      const name = String(label);
      this.#inner = guarded(RangeError, () => new Decoder(name, plain));
    }
    get encoding(): string {
      return this.#inner.encoding;
    }
    get fatal(): boolean {
      return this.#inner.fatal;
    }
    get ignoreBOM(): boolean {
      return this.#inner.ignoreBOM;
    }
    decode(input?: ArrayBuffer | Uint8Array, options?: { readonly stream?: boolean }): string {
      const stream = Boolean(options?.stream);
      return guarded(TypeError, () => this.#inner.decode(input, { stream }));
    }
  }
  return {
    globals: {
      TextEncoder,
      TextDecoder,
      atob: (data: unknown) => guarded(TypeError, () => decode64(String(data))),
      btoa: (data: unknown) => guarded(TypeError, () => encode64(String(data))),
    },
    end() {},
  };
}

function guarded<T>(Kind: ErrorConstructor, run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    throw new Kind(thrown instanceof Error ? thrown.message : "the text cannot be converted");
  }
}
