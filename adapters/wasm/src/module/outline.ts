import { cursor, MalformedModule, type Cursor } from "./cursor.js";

export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  readonly kind: ExternalKind;
  /** Of a function, where that can be told: `(i32, i32) -> ()`. */
  readonly signature: string | undefined;
}

export interface ModuleExport {
  readonly name: string;
  readonly kind: ExternalKind;
  readonly signature: string | undefined;
}

export type ExternalKind = "function" | "table" | "memory" | "global" | "tag";

/** Of a memory in pages of 64 KiB, of a table in elements. */
export interface ModuleLimits {
  readonly least: number;
  readonly most: number | undefined;
  /** Shared, of 64 bits, of another page size, of a kind that needs more than one byte to say. */
  readonly unusual: boolean;
  /** A table's element type, one byte. */
  readonly element?: number;
}

/** Where a section of the module stands: from its first byte, the id, to the one behind its last. */
export interface Extent {
  readonly from: number;
  readonly to: number;
}

/** What has to be known of a module before anything compiles it. */
export interface Outline {
  readonly imports: readonly ModuleImport[];
  readonly exports: readonly ModuleExport[];
  readonly memories: readonly ModuleLimits[];
  readonly tables: readonly ModuleLimits[];
  readonly functions: number;
  readonly sections: Readonly<Partial<Record<"memory" | "table", Extent>>>;
}

// The host reads this itself, on its event loop: each bound keeps the whole below some milliseconds.
const MAX_SECTIONS = 1000;
/** Of a section that is read; code, data and what an author adds are not. */
const MAX_SECTION_BYTES = 2 << 20;
const MAX_IMPORTS = 1000;
const MAX_EXPORTS = 10_000;
const MAX_FUNCTIONS = 250_000;
const MAX_TYPES = 100_000;
const MAX_TABLES = 4;
const MAX_MEMORIES = 16;

const KINDS: readonly ExternalKind[] = ["function", "table", "memory", "global", "tag"];
const VALUES: Readonly<Record<number, string>> = { 0x7f: "i32", 0x7e: "i64", 0x7d: "f32", 0x7c: "f64", 0x7b: "v128", 0x70: "funcref", 0x6f: "externref" };
const SECTION = { type: 1, import: 2, function: 3, table: 4, memory: 5, export: 7 } as const;

/** Runs over the sections of a core module, reading those that matter here. Throws `MalformedModule`. What it lets through, the engine still checks. */
export function outlineOf(bytes: Uint8Array): Outline {
  assertCore(bytes);
  const all = cursor(bytes, 8);
  const found = new Map<number, Extent & { readonly body: number }>();
  for (let count = 0; all.at < all.end; count++) {
    if (count === MAX_SECTIONS) throw new MalformedModule(`the module has more than ${MAX_SECTIONS} sections`);
    const from = all.at;
    const id = all.byte();
    const size = all.u32();
    const body = all.at;
    all.skip(size);
    if (id === 0) continue;
    if (found.has(id)) throw new MalformedModule(`section ${id} stands twice in the module`);
    found.set(id, { from, body, to: all.at });
  }
  /** One section's vector; a section that is absent is an empty one. */
  const vector = <T>(id: number, most: number, what: string, item: (at: Cursor) => T): readonly T[] => {
    const section = found.get(id);
    if (section === undefined) return [];
    if (section.to - section.body > MAX_SECTION_BYTES) throw new MalformedModule(`its ${what} take ${section.to - section.body} bytes; the most is ${MAX_SECTION_BYTES}`);
    const at = cursor(bytes, section.body, section.to);
    const count = at.u32();
    if (count > most) throw new MalformedModule(`the module has ${count} ${what}; the most is ${most}`);
    return Array.from({ length: count }, () => item(at));
  };
  const types = signatures(vector, SECTION.type);
  const imports = vector(SECTION.import, MAX_IMPORTS, "imports", (at) => readImport(at, types));
  const own = vector(SECTION.function, MAX_FUNCTIONS, "functions", (at) => at.u32());
  const tables = vector(SECTION.table, MAX_TABLES, "tables", readTable);
  const memories = vector(SECTION.memory, MAX_MEMORIES, "memories", (at) => readLimits(at));
  const imported = imports.filter(({ kind }) => kind === "function");
  const signatureOf = (index: number): string | undefined => (index < imported.length ? imported[index]?.signature : types?.[own[index - imported.length] ?? -1]);
  const exports = vector(SECTION.export, MAX_EXPORTS, "exports", (at) => {
    const name = at.name();
    const kind = kindOf(at);
    const index = at.u32();
    return { name, kind, signature: kind === "function" ? signatureOf(index) : undefined };
  });
  const [memory, table] = [found.get(SECTION.memory), found.get(SECTION.table)];
  return { imports, exports, memories, tables, functions: own.length, sections: { ...(memory && { memory }), ...(table && { table }) } };
}

function assertCore(bytes: Uint8Array): void {
  const start = cursor(bytes);
  if ([0x00, 0x61, 0x73, 0x6d].some((byte) => bytes.length < 8 || start.byte() !== byte)) throw new MalformedModule("it does not begin as a WebAssembly module does");
  if (bytes[4] === 1 && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0) return;
  throw new MalformedModule(bytes[6] === 1 ? "it is a WebAssembly component, and these modes run core modules" : "it is of another version of WebAssembly");
}

type Vector = <T>(id: number, most: number, what: string, item: (at: Cursor) => T) => readonly T[];

/** Signatures by index; `undefined` where the module uses newer types, which are left to the engine. */
function signatures(vector: Vector, id: number): readonly string[] | undefined {
  const newer = new Error();
  try {
    return vector(id, MAX_TYPES, "types", (at) => {
      if (at.byte() !== 0x60) throw newer;
      const list = (): string => Array.from({ length: atMost(at.u32(), 1000) }, () => VALUES[at.byte()] ?? raise(newer)).join(", ");
      const params = list();
      return `(${params}) -> (${list()})`;
    });
  } catch (error) {
    if (error === newer) return undefined;
    throw error;
  }
}

function readImport(at: Cursor, types: readonly string[] | undefined): ModuleImport {
  const module = at.name();
  const name = at.name();
  const kind = kindOf(at);
  if (kind === "function") return { module, name, kind, signature: types?.[at.u32()] };
  // No mode offers anything but functions: what follows need not be understood any further.
  throw new MalformedModule(`it imports the ${kind} ${module}.${name}; functions are all that can be imported`);
}

function readTable(at: Cursor): ModuleLimits {
  const element = at.byte();
  if (element !== 0x70 && element !== 0x6f) throw new MalformedModule("a table holds something else than functions or references to what is outside");
  return { ...readLimits(at), element };
}

function readLimits(at: Cursor): ModuleLimits {
  const flags = at.byte();
  const least = at.u64();
  return { least, most: (flags & 1) === 0 ? undefined : at.u64(), unusual: flags > 1 };
}

function kindOf(at: Cursor): ExternalKind {
  return KINDS[at.byte()] ?? raise(new MalformedModule(`byte ${at.at} names a kind of import or export that does not exist`));
}

function atMost(count: number, most: number): number {
  return count <= most ? count : raise(new MalformedModule(`${count} values in one function's type`));
}

function raise(error: Error): never {
  throw error;
}
