import { C_BUILDS, GO_WASI, LANGUAGES as PROGRAMS, makeReady, type Program } from "@sallyport/bench";
import { jsonCodec, msgpackCodec, type Codec } from "@sallyport/bus";
import { capnpCodec } from "@sallyport/capnp";

/** What a host has to offer so that it can talk to all of them. */
export const CODECS: readonly Codec[] = [jsonCodec, msgpackCodec, capnpCodec];

/** The demo plugin in one language that runs as an executable. */
export interface Language extends Program {
  readonly name: string;
  /** Codecs it speaks, and the arguments that make it do so. */
  readonly codecs: Readonly<Partial<Record<"json" | "msgpack" | "capnp", readonly string[]>>>;
}

const both = { json: [], msgpack: ["--codec", "msgpack"] } as const;

export const LANGUAGES: readonly Language[] = [
  { name: "python", ...PROGRAMS.python, codecs: both },
  { name: "sh", ...PROGRAMS.sh, codecs: { json: [] } },
  { name: "perl", ...PROGRAMS.perl, codecs: { json: [] } },
  { name: "c", ...PROGRAMS.c, codecs: { msgpack: [] } },
  { name: "go", ...PROGRAMS.go, codecs: both },
  { name: "rust", ...PROGRAMS.rust, codecs: { json: [] } },
  { name: "rust with capnp", ...PROGRAMS["capnp-rust"], codecs: { capnp: [] } },
];

/** Compiles a language's plugin unless that was done. Resolves to why it cannot be run here, or `undefined`. */
export function buildLanguage(language: Language): Promise<string | undefined> {
  return makeReady(language);
}

/** The plugin in C as a shared library, for mode ffi. */
export function buildLibrary(): Promise<string | undefined> {
  return makeReady(C_BUILDS.library);
}

/** The plugin in C as a module, for mode wasm. */
export function buildModule(): Promise<string | undefined> {
  return makeReady(C_BUILDS.module);
}

/** The plugin in Go as a program for mode wasi. */
export function buildWasi(): Promise<string | undefined> {
  return makeReady(GO_WASI);
}

/** The program among the builds of a manifest. */
export function programOf(entry: string | { readonly stdio: string }): string {
  return typeof entry === "string" ? entry : entry.stdio;
}
