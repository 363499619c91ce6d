import { SallyportError } from "../errors.js";
import { MAX_DEPTH, MAX_NODES } from "../value.js";
import { checkTimestamp, checkUtf8, isProto } from "./scan-leaves.js";

export interface MsgpackFacts {
  /** Entries of the top-level map as its header says; more than the decoded value has means duplicate keys. -1: not a map. */
  readonly topKeys: number;
  /** Where strings begin with a byte order mark, which a decoder by TextDecoder would eat. */
  readonly marks: readonly number[] | undefined;
}

const NO_ITEMS = -1;

/**
 * Structural check of one MessagePack value, before a decoder sees it: iterative, allocates nothing that grows
 * with the input, visits each byte once. What passes decodes without surprises: no extension but timestamp, no
 * record, no reference, string keys only, bounded depth and count. Throws `protocol_violation` naming the offset.
 */
export function scanMsgpack(bytes: Uint8Array): MsgpackFacts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.length;
  // Per open container: items still to come; for maps, keys and values counted singly, so that even means key.
  const left: number[] = [];
  const isMap: boolean[] = [];
  let depth = 0;
  let nodes = 0;
  let topKeys = NO_ITEMS;
  let marks: number[] | undefined;
  let pos = 0;
  do {
    if (pos >= size) throw bad(pos, "ends before its value does");
    const key = depth > 0 && isMap[depth - 1] === true && (left[depth - 1] as number) % 2 === 0;
    if (!key && ++nodes > MAX_NODES) throw bad(pos, `has more than ${MAX_NODES} items`);
    const start = pos;
    const tag = bytes[pos++] as number;
    let items = NO_ITEMS;
    let map = false;
    let text = NO_ITEMS;
    if (tag < 0x80 || tag >= 0xe0) {
      // A small integer: nothing follows.
    } else if (tag < 0x90) {
      items = tag & 0x0f;
      map = true;
    } else if (tag < 0xa0) {
      items = tag & 0x0f;
    } else if (tag < 0xc0) {
      text = tag & 0x1f;
    } else {
      const width = WIDTHS[tag - 0xc0] as number;
      if (width < 0) throw bad(start, `has a byte 0x${tag.toString(16)}, which is an extension or unused; only the timestamp extension is allowed`);
      if (pos + width > size) throw bad(pos, "ends before its value does");
      if (tag === 0xc4 || tag === 0xd9) {
        const length = view.getUint8(pos);
        if (tag === 0xd9) text = length;
        else pos += length;
      } else if (tag === 0xc5 || tag === 0xda) {
        const length = view.getUint16(pos);
        if (tag === 0xda) text = length;
        else pos += length;
      } else if (tag === 0xc6 || tag === 0xdb) {
        const length = view.getUint32(pos);
        if (tag === 0xdb) text = length;
        else pos += length;
      } else if (tag >= 0xdc) {
        items = tag === 0xdc || tag === 0xde ? view.getUint16(pos) : view.getUint32(pos);
        map = tag >= 0xde;
      } else {
        checkScalar(tag, view, pos, start);
      }
      pos += width;
      if (pos > size) throw bad(start, "ends before its value does");
    }
    if (text !== NO_ITEMS) {
      if (pos + text > size) throw bad(start, "ends before its value does");
      if (!checkUtf8(bytes, pos, pos + text)) throw bad(start, "has a string that is not UTF-8");
      if (key && isProto(bytes, pos, text)) throw bad(start, "has a key named __proto__");
      if (text > 2 && bytes[pos] === 0xef && bytes[pos + 1] === 0xbb && bytes[pos + 2] === 0xbf) (marks ??= []).push(pos);
      pos += text;
    } else if (key) {
      throw bad(start, "has a map key that is not a string");
    }
    if (depth > 0) left[depth - 1] = (left[depth - 1] as number) - 1;
    if (items !== NO_ITEMS) {
      if (items > size - pos) throw bad(start, "announces more items than it has bytes");
      if (depth === MAX_DEPTH) throw bad(start, `is nested deeper than ${MAX_DEPTH}`);
      if (map && depth === 0) topKeys = items;
      left[depth] = map ? items * 2 : items;
      isMap[depth] = map;
      depth++;
    }
    while (depth > 0 && left[depth - 1] === 0) depth--;
  } while (depth > 0);
  if (pos !== size) throw bad(pos, `has ${size - pos} bytes after its end`);
  return { topKeys, marks };
}

/** Bytes of header or number after tags 0xc0 to 0xdf; -1 is refused. Fixed timestamps count their type byte. */
const WIDTHS: readonly number[] = [
  0, -1, 0, 0, 1, 2, 4, /* ext 8: only timestamp 96 */ 14, -1, -1, 4, 8, 1, 2, 4, 8,
  1, 2, 4, 8, -1, -1, /* fixext 4, 8 */ 5, 9, -1, 1, 2, 4, 2, 4, 2, 4,
];

function checkScalar(tag: number, view: DataView, pos: number, start: number): void {
  if (tag === 0xca || tag === 0xcb) {
    const value = tag === 0xca ? view.getFloat32(pos) : view.getFloat64(pos);
    if (!Number.isFinite(value)) throw bad(start, `has the number ${value}`);
  } else if (tag === 0xcf) {
    if (view.getUint8(pos) > 0x7f) throw bad(start, "has an integer beyond 64 signed bits");
  } else if (tag === 0xc7 || tag === 0xd6 || tag === 0xd7) {
    const problem = checkTimestamp(tag, view, pos);
    if (problem !== undefined) throw bad(start, problem);
  }
}

function bad(offset: number, what: string): SallyportError {
  return new SallyportError("protocol_violation", `the msgpack frame ${what} (at byte ${offset})`);
}
