// Modules made byte by byte: no compiler is needed, and what no compiler would make can be made.

export const I32 = 0x7f;
const I64 = 0x7e;

/** Instructions that the tests use, by their names in the text format. */
export const OP = {
  unreachable: 0x00, nop: 0x01, loop: 0x03, br: 0x0c, call: 0x10, drop: 0x1a, localGet: 0x20, load8: 0x2d, load: 0x28, store: 0x36, memoryGrow: 0x40, memorySize: 0x3f, i32: 0x41, div: 0x6d, end: 0x0b,
  void: 0x40,
} as const;

export interface Signature {
  readonly params: readonly number[];
  readonly results: readonly number[];
}

export interface Func extends Signature {
  readonly name?: string;
  /** Counts and types. */
  readonly locals?: readonly (readonly [count: number, type: number])[];
  readonly body: readonly number[] | Uint8Array;
}

export interface Parts {
  readonly imports?: readonly (Signature & { readonly module: string; readonly name: string })[];
  readonly functions?: readonly Func[];
  /** Bytes of the section's vector; default: one memory of one page, exported. */
  readonly memory?: readonly number[];
  readonly table?: readonly number[];
  /** Index of the start function. */
  readonly start?: number;
  readonly data?: Uint8Array;
  readonly exportsMemory?: boolean;
  /** Sections as they are, at the end. */
  readonly more?: readonly Uint8Array[];
}

function leb(value: number): number[] {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...out, rest];
    out.push((rest % 128) + 128);
  }
}

/** `i32.const`: signed. */
export function i32(value: number): number[] {
  const out: number[] = [OP.i32];
  for (let rest = value | 0; ; rest >>= 7) {
    const byte = rest & 0x7f;
    if ((rest >> 7 === 0 && (byte & 0x40) === 0) || (rest >> 7 === -1 && (byte & 0x40) !== 0)) return [...out, byte];
    out.push(byte | 0x80);
  }
}

const text = (value: string): number[] => [...leb(Buffer.byteLength(value)), ...Buffer.from(value)];
const vector = (items: readonly (readonly number[])[]): number[] => [...leb(items.length), ...items.flat()];

export function section(id: number, ...body: readonly (readonly number[] | Uint8Array)[]): Uint8Array {
  const size = body.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([Uint8Array.of(id, ...leb(size)), ...body.map((part) => Uint8Array.from(part))]);
}

export function assemble({ imports = [], functions = [], memory = [1, 0, 1], table, start, data, exportsMemory = true, more = [] }: Parts): Uint8Array {
  const types = [...imports, ...functions].map(({ params, results }) => [0x60, ...vector(params.map((type) => [type])), ...vector(results.map((type) => [type]))]);
  const exported = functions.flatMap(({ name }, i) => (name === undefined ? [] : [[...text(name), 0, ...leb(imports.length + i)]]));
  const bodies = functions.map(({ locals = [], body }) => {
    const head = Uint8Array.from(vector(locals.map(([count, type]) => [...leb(count), type])));
    const size = head.length + body.length + 1;
    return Buffer.concat([Uint8Array.from(leb(size)), head, Uint8Array.from(body), Uint8Array.of(OP.end)]);
  });
  return Buffer.concat([
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
    section(1, vector(types)),
    section(2, vector(imports.map(({ module, name }, i) => [...text(module), ...text(name), 0, ...leb(i)]))),
    section(3, vector(functions.map((_, i) => leb(imports.length + i)))),
    ...(table === undefined ? [] : [section(4, table)]),
    ...(memory.length === 0 ? [] : [section(5, memory)]),
    section(7, vector([...exported, ...(exportsMemory ? [[...text("memory"), 2, 0]] : [])])),
    ...(start === undefined ? [] : [section(8, leb(start))]),
    section(10, leb(functions.length), ...bodies),
    ...(data === undefined ? [] : [section(11, [1, 0, ...i32(DATA_AT), OP.end, ...leb(data.length)], data)]),
    ...more,
  ]);
}

/** Where the hello lies in the modules below. */
const DATA_AT = 1024;
const HELLO = Buffer.from(JSON.stringify({ t: "hello", name: "bad", version: "1.0.0", methods: ["bad.do"] }));
/** Where frames of the host are put. */
const FRAME_AT = 8192;

export const SEND = 0;
export const TIMER = 1;
export const LOG = 2;

/** A plugin of the guest ABI in JSON with one method, `bad.do`; any of its functions can be another. `sends`: the constant frames that it may use. */
export function plugin(bodies: Partial<Record<"abi" | "codec" | "alloc" | "receive" | "start" | "wake" | "stop", readonly number[] | Uint8Array>> = {}, parts: Parts = {}): Uint8Array {
  const sayHello = [...i32(DATA_AT), ...i32(HELLO.length), OP.call, SEND, ...i32(0)];
  const own: Func[] = [
    { name: "sallyport_abi", params: [], results: [I32], body: bodies.abi ?? i32(1) },
    { name: "sallyport_codec", params: [], results: [I32], body: bodies.codec ?? i32(0) },
    { name: "sallyport_alloc", params: [I32], results: [I32], body: bodies.alloc ?? i32(FRAME_AT) },
    { name: "sallyport_receive", params: [I32, I32], results: [], body: bodies.receive ?? [] },
    { name: "sallyport_start", params: [], results: [I32], body: bodies.start ?? sayHello },
    { name: "sallyport_wake", params: [], results: [], body: bodies.wake ?? [] },
    { name: "sallyport_stop", params: [], results: [], body: bodies.stop ?? [] },
  ];
  return assemble({
    ...parts,
    imports: [
      { module: "sallyport", name: "send", params: [I32, I32], results: [] },
      { module: "sallyport", name: "timer", params: [I32], results: [] },
      { module: "sallyport", name: "log", params: [I32, I32, I32], results: [] },
      { module: "sallyport", name: "now", params: [], results: [I64] },
      ...(parts.imports ?? []),
    ],
    functions: [...own.filter(({ name }) => !(parts.functions ?? []).some((other) => other.name === name)), ...(parts.functions ?? [])],
    data: parts.data ?? HELLO,
  });
}

/** What `bad.do` does: in `sallyport_receive`, for a frame that begins as a request does (`{"t":"req"`), and so not for the host's hello. */
export function onCall(body: readonly number[]): number[] {
  // if (load8(frame + 6) == 'r') ...
  return [OP.localGet, 0, OP.load8, 0, 6, ...i32(0x72), 0x46, 0x04, OP.void, ...body, OP.end];
}
