/** First bytes of values and frames; RECORDS.md is the page about them. */
export const TAG = {
  /** 0x00 to 0x3f: the integers 0 to 63. */
  text: 0x40,
  array: 0x80,
  shape: 0xa0,
  null: 0xe0, false: 0xe1, true: 0xe2,
  int8: 0xe3, int16: 0xe4, int32: 0xe5, float: 0xe6, int64: 0xe7, time: 0xe8,
  longText: 0xe9, bytes: 0xea, longArray: 0xeb, map: 0xec,
  farShape: 0xed, newShape: 0xee, absent: 0xef, apart: 0xf0, attached: 0xf1,
} as const;

export const SMALL_INTS = 0x40;
/** Below so many, a length or an id is part of the tag. */
export const SHORT_TEXT = 0x40;
export const SHORT_ARRAY = 0x20;
export const NEAR_SHAPES = 0x40;

/** Shapes of one direction of a connection, keys of one, bytes of one key. */
export const MAX_SHAPES = 256;
export const MAX_SHAPE_KEYS = 64;
export const MAX_KEY_BYTES = 64;
/** Names of methods and topics that one direction numbers. */
export const MAX_NAMES = 255;
/** Bytes of at least this size are attached, where the wire can. */
export const ATTACHED_BYTES = 32 << 10;
/** In place of a name's number: the name follows and gets none. */
export const UNNUMBERED = 0xff;

/** Low four bits of a frame's first byte. */
export const KIND_OF = { any: 0, req: 1, res: 2, data: 3, ev: 4, credit: 5, end: 6, cancel: 7 } as const;
/** High four bits: which fields follow. */
export const HAS = { dl: 0x10, cr: 0x20, par: 0x40, more: 0x80 } as const;
