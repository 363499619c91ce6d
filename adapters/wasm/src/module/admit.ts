import { LIMITS, SallyportError, type Limits } from "@sallyport/bus";
import { encodeU32, MalformedModule } from "./cursor.js";
import { outlineOf, type Extent, type ModuleLimits, type Outline } from "./outline.js";

/** What a mode offers to modules and wants of them. Signatures as in the outline; `undefined`: any. */
export interface Contract {
  /** By import module and name. */
  readonly offers: Readonly<Record<string, Readonly<Record<string, string | undefined>>>>;
  readonly wants: Readonly<Record<string, string | undefined>>;
  /** What else to try when the module is of another kind. */
  help(outline: Outline): string;
}

/** Elements that a table may grow to; each takes the cell some 24 bytes. */
const TABLE_ELEMENTS = 1 << 17;
const PAGE_BYTES = 64 << 10;
/** What 32 bits can count. */
const MOST_PAGES = 65_536;
/** What the cell itself needs of `memoryMb`, MiB: about that much an idle one holds, with compiled code. */
const CELL_MB = 32;

/** What a module's own memory may grow to, bytes: growing fails before the watch ends the instance. */
export function memoryBytes({ memoryMb }: Pick<Limits, "memoryMb">): number {
  const mb = Math.max(memoryMb - CELL_MB, memoryMb / 2);
  return Math.min(MOST_PAGES, Math.floor((mb * 2 ** 20) / PAGE_BYTES)) * PAGE_BYTES;
}

/** How `memoryMb` is kept, for the doctor. */
export function withOwnMaximum(system: string | undefined): string {
  return ["the maximum of its memory", ...(system === undefined ? [] : [system])].join("; ");
}

/**
 * Checks a module and gives it back with the maxima of its memory and tables made small enough. Throws `spawn_failed` naming
 * what is missing or not offered, `memory_limit` for a module that begins with more than it may have.
 */
export function admit(file: string, bytes: Uint8Array, contract: Contract, limits: Pick<Limits, "memoryMb">): Uint8Array {
  const outline = outlined(file, bytes);
  const refuse = (what: string, help = contract.help(outline)): SallyportError => new SallyportError("spawn_failed", `${file} ${what}`, { help, data: { program: file, reason: "module" } });
  checkImports(outline, contract, refuse);
  checkExports(outline, contract, refuse);
  const [memory, ...others] = outline.memories;
  if (memory === undefined || others.length > 0) throw refuse(`has ${outline.memories.length} memories`, "Build it with one memory, and export it as 'memory'.");
  if (memory.unusual) throw refuse("has a memory that is shared or of 64 bits", "Build it for wasm32, without threads.");
  for (const table of outline.tables) {
    if (table.unusual || table.least > TABLE_ELEMENTS) throw refuse(`has a table of ${table.least} elements; the most is ${TABLE_ELEMENTS}, counted in 32 bits`, "Build it with smaller tables.");
  }
  const pages = memoryBytes(limits) / PAGE_BYTES;
  if (memory.least > pages) {
    throw new SallyportError(LIMITS.memoryMb.code, `${file} begins with ${memory.least} pages of memory, and limits.memoryMb of ${limits.memoryMb} leaves it ${pages}`, {
      help: `Raise limits.memoryMb by ${Math.ceil(((memory.least - pages) * PAGE_BYTES) / 2 ** 20)}, or build it with a smaller memory.`,
      path: "limits.memoryMb", data: { limit: "memoryMb", allowed: limits.memoryMb },
    });
  }
  return withMaxima(bytes, outline, pages);
}

/** Throws `spawn_failed` for what is no module. */
export function outlined(file: string, bytes: Uint8Array): Outline {
  try {
    return outlineOf(bytes);
  } catch (error) {
    if (!(error instanceof MalformedModule)) throw error;
    throw new SallyportError("spawn_failed", `${file} is not a module that can run: ${error.message}`, { help: "Build a core module for wasm32 again.", cause: error, data: { program: file, reason: "module" } });
  }
}

type Refuse = (what: string, help?: string) => SallyportError;

function checkImports({ imports }: Outline, { offers }: Contract, refuse: Refuse): void {
  const unknown = imports.filter(({ module, name }) => !Object.hasOwn(offers, module) || !Object.hasOwn(offers[module] ?? {}, name));
  if (unknown.length > 0) throw refuse(`imports what is not offered: ${listed(unknown.map(({ module, name }) => `${module}.${name}`))}`);
  for (const { module, name, signature } of imports) {
    const expected = offers[module]?.[name];
    if (expected !== undefined && signature !== undefined && signature !== expected) throw refuse(`imports ${module}.${name} as ${signature}; it is ${expected}`);
  }
}

function checkExports({ exports }: Outline, { wants }: Contract, refuse: Refuse): void {
  const missing = Object.keys(wants).filter((wanted) => !exports.some(({ name, kind }) => name === wanted && kind === "function"));
  if (missing.length > 0) throw refuse(`does not export ${listed(missing)}`);
  if (!exports.some(({ name, kind }) => name === "memory" && kind === "memory")) throw refuse("does not export its memory as 'memory'", "Export it: the host reads and writes messages there.");
  for (const { name, kind, signature } of exports) {
    const expected = kind === "function" && Object.hasOwn(wants, name) ? wants[name] : undefined;
    if (expected !== undefined && signature !== undefined && signature !== expected) throw refuse(`exports ${name} as ${signature}; it has to be ${expected}`);
  }
}

const LISTED = 8;

function listed(names: readonly string[]): string {
  return `${names.slice(0, LISTED).map((name) => JSON.stringify(name).slice(1, -1)).join(", ")}${names.length > LISTED ? `, and ${names.length - LISTED} more` : ""}`;
}

function withMaxima(bytes: Uint8Array, { memories, tables, sections }: Outline, pages: number): Uint8Array {
  const changed = [
    { extent: sections.table, bytes: section(4, tables.map((table) => [table.element ?? 0x70, ...limited(table, TABLE_ELEMENTS)])) },
    { extent: sections.memory, bytes: section(5, memories.map((memory) => limited(memory, pages))) },
  ]
    .filter((change): change is { extent: Extent; bytes: readonly number[] } => change.extent !== undefined)
    .sort((a, b) => a.extent.from - b.extent.from);
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const change of changed) {
    parts.push(bytes.subarray(from, change.extent.from), Uint8Array.from(change.bytes));
    from = change.extent.to;
  }
  return Buffer.concat([...parts, bytes.subarray(from)]);
}

function limited({ least, most }: ModuleLimits, cap: number): readonly number[] {
  return [1, ...encodeU32(least), ...encodeU32(Math.min(most ?? cap, cap))];
}

function section(id: number, items: readonly (readonly number[])[]): readonly number[] {
  const body = [...encodeU32(items.length), ...items.flat()];
  return [id, ...encodeU32(body.length), ...body];
}
