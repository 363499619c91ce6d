import { compileSchema } from "@sallyport/manifest";

/** What a manifest may say under `modes.wasi`. */
export interface WasiSettings {
  /** The program's environment; nothing of the host's is in it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folders that the program finds open, by their names in it. */
  readonly preopens?: Readonly<Record<string, string | { readonly path: string; readonly writable?: boolean }>>;
  readonly clock?: { readonly monotonic?: "coarse" | "exact"; readonly realtime?: "none" | "coarse" | "exact" };
  /** What a read of an empty stdin does: wait, or answer EAGAIN, for a runtime with a scheduler of its own. */
  readonly stdin?: "blocking" | "nonblocking";
}

const PATH = { type: "string", minLength: 1, maxLength: 4096 };

export const checkWasiSettings = compileSchema({
  type: "object",
  additionalProperties: false,
  properties: {
    env: { type: "object", maxProperties: 256, propertyNames: { pattern: "^[^=]{1,256}$" }, additionalProperties: { type: "string", maxLength: 32_768 } },
    preopens: {
      type: "object",
      maxProperties: 32,
      propertyNames: { minLength: 1, maxLength: 1024 },
      additionalProperties: { anyOf: [PATH, { type: "object", additionalProperties: false, required: ["path"], properties: { path: PATH, writable: { type: "boolean" } } }] },
    },
    clock: { type: "object", additionalProperties: false, properties: { monotonic: { enum: ["coarse", "exact"] }, realtime: { enum: ["none", "coarse", "exact"] } } },
    stdin: { enum: ["blocking", "nonblocking"] },
  },
});

/** Nothing is to be said of modules. */
export const checkWasmSettings = compileSchema({ type: "object", additionalProperties: false });
