import type { SandboxOptions } from "@sallyport/sandbox";

export interface WasmOptions {
  /** Processes kept ready and waiting. Default 1; each holds the memory of an idle Node. */
  readonly spares?: number;
  /** How the profiles of `sandbox` are made here. */
  readonly sandbox?: SandboxOptions;
}
