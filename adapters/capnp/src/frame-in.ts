import { ERROR, isPointer, layoutAt, METHOD, OTHER, WORD, type Layout, type Slot } from "./layout.js";
import { POINTERS, STRUCTS, type Segments } from "./segments.js";
import { createValueIn } from "./value-in.js";

type Fields = Record<string, unknown>;

/** Reads what `open` gave the root of. */
export interface FrameIn {
  value(root: number, depth: number): unknown;
  /** The frame as a map of its fields, which nobody has judged yet. `undefined`: a type from the future. */
  frame(root: number, depth: number): Fields | undefined;
}

export function createFrameIn(message: Segments): FrameIn {
  return new Reader(message);
}

class Reader implements FrameIn {
  private readonly message: Segments;
  private readonly values: ReturnType<typeof createValueIn>;

  constructor(message: Segments) {
    this.message = message;
    this.values = createValueIn(message);
  }

  value(root: number, depth: number): unknown {
    return this.values.pointed(root, 0, depth);
  }

  frame(root: number, depth: number): Fields | undefined {
    const { message } = this;
    const { target, view } = message;
    message.follow(root, 0);
    if (target.kind !== "struct") throw message.bad("has no struct at its root");
    const { at, segment, dataWords, pointers } = target;
    const tag = dataWords > 1 ? view.getUint16(at + WORD, true) : 0;
    if (tag === 0) throw message.bad("is empty");
    const layout = layoutAt(tag);
    if (layout === undefined) return undefined;
    const below = message.deeper(depth);
    message.count();
    const out: Fields = {};
    if (layout !== OTHER) {
      message.count();
      out["t"] = layout.type;
    }
    const id = layout.id === "never" ? 0 : message.integer(at, false);
    if (layout.id === "always" || id !== 0) {
      message.count();
      out["id"] = id;
    }
    this.slots(out, layout.own, at, segment, dataWords, pointers, below);
    if (layout.body !== undefined) this.struct(out, layout.body, pointers > 0 ? at + dataWords * WORD : -1, segment, below);
    this.more(out, layout.own, at, segment, dataWords, pointers, below);
    return out;
  }

  /** What the pointer at `pointer` leads to, as far as it is there: a struct may be shorter than the schema, or longer. */
  private struct(out: Fields, layout: Layout, pointer: number, segment: number, depth: number): void {
    const { target } = this.message;
    if (pointer < 0) target.kind = "null";
    else this.message.follow(pointer, segment);
    if (target.kind === "list") throw this.message.bad("has a list where a struct belongs");
    const { at, segment: inside, dataWords, pointers } = target;
    if (target.kind === "null") this.slots(out, layout, 0, 0, 0, 0, depth);
    else this.whole(out, layout, at, inside, dataWords, pointers, depth);
  }

  private whole(out: Fields, layout: Layout, at: number, segment: number, dataWords: number, pointers: number, depth: number): void {
    this.slots(out, layout, at, segment, dataWords, pointers, depth);
    this.more(out, layout, at, segment, dataWords, pointers, depth);
  }

  private more(out: Fields, { more }: Layout, at: number, segment: number, dataWords: number, pointers: number, depth: number): void {
    if (more !== undefined && more < pointers) this.values.fields(out, at + (dataWords + more) * WORD, segment, depth, true);
  }

  private slots(out: Fields, { slots }: Layout, at: number, segment: number, dataWords: number, pointers: number, depth: number): void {
    for (const slot of slots) {
      const value = isPointer(slot.kind)
        ? this.pointer(slot, slot.at < pointers ? at + (dataWords + slot.at) * WORD : -1, segment, depth)
        : this.data(slot, slot.at < dataWords ? at + slot.at * WORD : -1);
      if (value !== undefined) out[slot.key] = value;
    }
  }

  private data({ kind }: Slot, at: number): unknown {
    const { message } = this;
    const value = at < 0 ? (kind === "number" ? 0 : undefined) : this.present(kind, at);
    if (value !== undefined) message.count();
    return value;
  }

  private present(kind: Slot["kind"], at: number): unknown {
    const { message } = this;
    if (kind === "flag") return (message.view.getUint8(at) & 1) === 1 ? true : undefined;
    if (kind === "maybe") return [undefined, false, true][message.view.getUint16(at, true)];
    // The difference from the schema's default of -1, bit by bit.
    if (kind === "optional") {
      const stored = message.integer(at, true);
      return stored === 0 ? undefined : typeof stored === "bigint" ? -1n - stored : -1 - stored;
    }
    const value = message.integer(at, false);
    return kind === "positive" && value === 0 ? undefined : value;
  }

  private pointer({ kind }: Slot, at: number, segment: number, depth: number): unknown {
    const { message } = this;
    const { view } = message;
    if (at < 0 || (view.getUint32(at, true) === 0 && view.getUint32(at + 4, true) === 0)) {
      if (kind !== "always") return undefined;
      message.count();
      return null;
    }
    switch (kind) {
      case "text":
        message.count();
        message.follow(at, segment);
        return message.text();
      case "texts":
        message.follow(at, segment);
        message.deeper(depth);
        return this.texts();
      case "methods":
        message.follow(at, segment);
        return this.methods(message.deeper(depth));
      case "map": {
        message.count();
        const out: Fields = {};
        this.values.fields(out, at, segment, message.deeper(depth), false);
        return out;
      }
      case "error": {
        message.count();
        const out: Fields = {};
        this.struct(out, ERROR, at, segment, message.deeper(depth));
        return out;
      }
      default:
        return this.values.pointed(at, segment, depth);
    }
  }

  private texts(): unknown[] {
    const { message } = this;
    const { kind, elements, count, at, segment } = message.target;
    if (kind !== "list" || elements !== POINTERS) throw message.bad("has something else where a list of texts belongs");
    message.count();
    const out: unknown[] = [];
    for (let i = 0; i < count; i++) {
      message.count();
      message.follow(at + i * WORD, segment);
      out.push(message.text());
    }
    return out;
  }

  private methods(depth: number): unknown[] {
    const { message } = this;
    const { kind, elements, count, at, segment, dataWords, pointers } = message.target;
    if (kind !== "list" || elements !== STRUCTS) throw message.bad("has something else where a list of methods belongs");
    message.count();
    const out: unknown[] = [];
    for (let i = 0; i < count; i++) {
      message.count();
      const method: Fields = {};
      const below = message.deeper(depth);
      this.whole(method, METHOD, at + i * (dataWords + pointers) * WORD, segment, dataWords, pointers, below);
      const keys = Object.keys(method);
      out.push(keys.length === 1 && keys[0] === "name" ? method["name"] : method);
    }
    return out;
  }
}
