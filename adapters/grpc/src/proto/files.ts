import { dirname, join, relative } from "node:path";
import { readFile, stat } from "node:fs/promises";
import { SallyportError } from "@sallyport/bus";
import { assertOwnFile, confine } from "@sallyport/manifest";
import type { Namespace } from "protobufjs";
import { addTypes, type Declared } from "./types.js";

/** More than any plugin says; a parser should not be made to work for minutes. */
const MOST_BYTES = 1 << 20;
const MOST_FILES = 64;
/** Fields, values and options, each of which has an equals sign: the parser takes the square of a message's fields. */
const MOST_FIELDS = 4096;
/** Options of options: nothing here reads them. */
const UNREAD = "google/protobuf/descriptor.proto";

/**
 * Everything that proto files of a plugin declare, and what they import: from the plugin's folder alone, or from protobuf itself.
 * They are parsed and nothing else: no code is made from them, as protobufjs would on its first use of a type.
 */
export async function readProtoFiles(plugin: string, root: string, files: readonly string[], signal: AbortSignal): Promise<Declared> {
  const { parse, common, Root } = (await import("protobufjs")).default;
  const declared: Declared = { messages: new Map(), enums: new Map(), services: new Map() };
  const seen = new Set<string>();
  let bytes = 0;
  let fields = 0;

  async function take(name: string, from: string | undefined): Promise<void> {
    const builtIn = common.get(name);
    if (from !== undefined && (builtIn !== null || name === UNREAD)) {
      if (builtIn === null || seen.has(name)) return;
      seen.add(name);
      return addTypes(declared, Root.fromJSON(builtIn), "proto3", plugin);
    }
    const path = await locate(name, from);
    if (seen.has(path)) return;
    seen.add(path);
    await assertOwnFile(path);
    bytes += (await stat(path)).size;
    if (bytes > MOST_BYTES || seen.size > MOST_FILES) throw wrong(name, `the proto files of '${plugin}' are more than ${MOST_FILES}, or more than ${MOST_BYTES} bytes`, "Give it fewer: only what its services need.");
    const text = await readFile(path, "utf8");
    fields += text.match(/=+/g)?.length ?? 0;
    if (fields > MOST_FIELDS) throw wrong(name, `the proto files of '${plugin}' have more than ${MOST_FIELDS} fields, values and options`, "Give it fewer: only what its services need.");
    signal.throwIfAborted();
    const parsed = parsedOf(name, text);
    addTypes(declared, parsed.root, undefined, plugin);
    for (const next of [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])]) await take(next, relative(root, path));
  }

  /** As protoc finds it, from the plugin's folder; or beside the file that imports it. */
  async function locate(name: string, from: string | undefined): Promise<string> {
    const first = await confine(root, name);
    const found = "problem" in first && from !== undefined ? await confine(root, join(dirname(from), name)) : first;
    if ("path" in found) return found.path;
    throw wrong(name, `'${plugin}' names ${from === undefined ? "the proto file" : `in ${from} the import`} ${JSON.stringify(name)}: ${"problem" in first ? first.problem : found.problem}`, "Proto files lie inside the plugin's folder, with all that they import but google/protobuf.");
  }

  function parsedOf(name: string, text: string): { readonly root: Namespace; readonly imports?: readonly string[] | undefined; readonly weakImports?: readonly string[] | undefined } {
    try {
      // A root for each file, so that one file cannot reach into what another declared.
      return parse(text, new Root(), { keepCase: true });
    } catch (cause) {
      const [, said = "it cannot be parsed", line = ""] = /^(.*?)(?: \((?:.*, )?line (\d+)\))?$/s.exec((cause as Error).message) ?? [];
      throw wrong(name, `${join(root, name)}${line && `:${line}`}: ${said.slice(0, 300)}`, "Correct the proto file; `protoc` says more of what is wrong with it.", cause);
    }
  }

  for (const file of files) await take(file, undefined);
  return declared;
}

function wrong(file: string, message: string, help: string, cause?: unknown): SallyportError {
  return new SallyportError("invalid_argument", message, { path: file.slice(0, 200), help, ...(cause !== undefined && { cause }) });
}
