/**
 * Where `schema/sallyport.capnp` puts each field, as the compiler lays it out (`capnp compile -ocapnp` prints it). A test compares
 * this with the classes that capnp-es generates from the same file.
 */
export type Kind =
  /** Pointers; a null one is an absent field. */
  | "text" | "texts" | "map" | "value" | "error" | "methods"
  /** A pointer to a value; a null one is the value null. */
  | "always"
  /** 64 bits: `number` is always there, 0 is an absent `positive`, -1 an absent `optional`. */
  | "number" | "positive" | "optional"
  /** One bit, false is absent; 16 bits, 0 is absent. */
  | "flag" | "maybe";

export interface Slot {
  readonly key: string;
  readonly kind: Kind;
  /** Number of the pointer, or of the data word. */
  readonly at: number;
}

export interface Layout {
  readonly dataWords: number;
  readonly pointers: number;
  /** In the order in which a reader puts the keys. */
  readonly slots: readonly Slot[];
  readonly bySlot: Readonly<Record<string, Slot>>;
  /** The pointer of the list of fields that have no place here. */
  readonly more?: number;
}

const IS_POINTER: ReadonlySet<Kind> = new Set<Kind>(["text", "texts", "map", "value", "error", "methods", "always"]);

export function isPointer(kind: Kind): boolean {
  return IS_POINTER.has(kind);
}

function layout(dataWords: number, pointers: number, fields: Readonly<Record<string, readonly [Kind, number]>>, more?: number): Layout {
  const slots = Object.entries(fields).map(([key, [kind, at]]): Slot => ({ key, kind, at }));
  return { dataWords, pointers, slots, bySlot: Object.assign(Object.create(null), Object.fromEntries(slots.map((slot) => [slot.key, slot]))) as Record<string, Slot>, ...(more !== undefined && { more }) };
}

export const METHOD = layout(2, 3, { name: ["text", 0], stream: ["text", 1], idempotent: ["maybe", 0], timeout: ["optional", 1] }, 2);

export const ERROR = layout(2, 10, {
  code: ["text", 0], msg: ["text", 1], retryable: ["maybe", 0], retryAfterMs: ["optional", 1], data: ["value", 5], help: ["text", 3],
  url: ["text", 4], path: ["text", 2], cause: ["error", 6], stack: ["text", 8], at: ["text", 7],
}, 9);

/** One member of the union in a frame. */
export interface FrameLayout {
  readonly type: string;
  /** The union's tag. */
  readonly tag: number;
  readonly id: "always" | "positive" | "never";
  /** Fields in the frame itself, and those in the struct that its first pointer leads to. */
  readonly own: Layout;
  readonly body?: Layout;
}

export const FRAME_DATA_WORDS = 3;
export const FRAME_POINTERS = 2;
const MORE = 1;

const own = (fields: Readonly<Record<string, readonly [Kind, number]>> = {}): Layout => layout(FRAME_DATA_WORDS, FRAME_POINTERS, fields, MORE);
const NOTHING = own();

const GUEST_HELLO: FrameLayout = {
  type: "hello", tag: 1, id: "never", own: NOTHING,
  body: layout(0, 10, {
    name: ["text", 0], version: ["text", 1], methods: ["methods", 2], features: ["texts", 3], limits: ["map", 4], needs: ["texts", 5],
    events: ["texts", 6], provides: ["map", 7], requires: ["map", 8], sdk: ["text", 9],
  }),
};

const HOST_HELLO: FrameLayout = {
  type: "hello", tag: 2, id: "never", own: NOTHING,
  body: layout(0, 8, {
    host: ["text", 0], version: ["text", 1], proto: ["text", 2], features: ["texts", 3], limits: ["map", 4], grants: ["texts", 5], config: ["always", 6], instance: ["text", 7],
  }),
};

const FRAMES: readonly FrameLayout[] = [
  GUEST_HELLO,
  HOST_HELLO,
  { type: "req", tag: 3, id: "always", own: NOTHING, body: layout(4, 3, { m: ["text", 0], p: ["always", 1], dl: ["optional", 0], cr: ["optional", 1], in: ["flag", 2], par: ["positive", 3], meta: ["map", 2] }) },
  { type: "res", tag: 4, id: "always", own: NOTHING, body: layout(0, 2, { r: ["always", 0], w: ["value", 1] }) },
  { type: "err", tag: 5, id: "always", own: own({ e: ["error", 0] }) },
  { type: "data", tag: 6, id: "always", own: own({ d: ["always", 0] }) },
  { type: "end", tag: 7, id: "always", own: NOTHING },
  { type: "credit", tag: 8, id: "always", own: own({ n: ["number", 2] }) },
  { type: "prog", tag: 9, id: "always", own: own({ p: ["map", 0] }) },
  { type: "cancel", tag: 10, id: "always", own: own({ why: ["text", 0] }) },
  { type: "ev", tag: 11, id: "never", own: NOTHING, body: layout(0, 3, { m: ["text", 0], p: ["always", 1], meta: ["map", 2] }) },
  { type: "log", tag: 12, id: "positive", own: NOTHING, body: layout(0, 3, { lv: ["text", 0], msg: ["text", 1], f: ["map", 2] }) },
  { type: "ping", tag: 13, id: "never", own: own({ n: ["number", 2] }) },
  { type: "pong", tag: 14, id: "never", own: own({ n: ["number", 2] }) },
  { type: "bye", tag: 15, id: "never", own: NOTHING, body: layout(1, 1, { why: ["text", 0], ms: ["optional", 0] }) },
];

/** A frame whose type is a text, and all of whose fields are in `more`. */
export const OTHER: FrameLayout = { type: "other", tag: 16, id: "never", own: own({ t: ["text", 0] }) };

const BY_TYPE: ReadonlyMap<string, FrameLayout> = new Map(FRAMES.map((frame) => [frame.type, frame]));
const BY_TAG: ReadonlyMap<number, FrameLayout> = new Map([...FRAMES, OTHER].map((frame) => [frame.tag, frame]));

export function layoutOf(frame: Readonly<Record<string, unknown>>): FrameLayout {
  const type = frame["t"];
  if (type === "hello") return "host" in frame ? HOST_HELLO : GUEST_HELLO;
  return (typeof type === "string" ? BY_TYPE.get(type) : undefined) ?? OTHER;
}

export function layoutAt(tag: number): FrameLayout | undefined {
  return BY_TAG.get(tag);
}

/** The tags of the union in a value. */
export const VALUE = { null: 0, int: 1, float: 2, text: 3, bytes: 4, list: 5, map: 6, bool: 7, time: 8 } as const;
export const VALUE_DATA_WORDS = 2;
export const VALUE_POINTERS = 1;
export const FIELD_POINTERS = 2;
export const WORD = 8;
