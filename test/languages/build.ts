import { LANGUAGES as PROGRAMS, makeReady, type Program } from "@sallyport/bench";
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
