/** As much of the engine's WebAssembly as is used; its own declarations come with those of browsers. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => Module;
  readonly Instance: new (module: Module, imports: Imports) => { readonly exports: unknown };
}

/** A compiled module. */
export type Module = object;

export type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A memory's buffer is another one after it has grown. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
}

const { WebAssembly: engine } = globalThis as unknown as { readonly WebAssembly: Engine };

export function compile(bytes: Uint8Array): Module {
  return new engine.Module(bytes);
}

/** Runs the module's start function; its exports. */
export function instantiate(module: Module, imports: Imports): unknown {
  return new engine.Instance(module, imports).exports;
}
