/** One word of a message: its low and its high half. */
export type Word = readonly [low: number, high: number];

export const nil: Word = [0, 0];
/** `offset`: words from behind the pointer to what it leads to. */
export const struct = (offset: number, dataWords: number, pointers: number): Word => [(offset << 2) >>> 0, (dataWords | (pointers << 16)) >>> 0];
export const list = (offset: number, elements: number, count: number): Word => [((offset << 2) | 1) >>> 0, ((count << 3) | elements) >>> 0];
/** The word before a list of structs. */
export const tag = (count: number, dataWords: number, pointers: number): Word => struct(count, dataWords, pointers);
export const far = (segment: number, word: number, isDouble = false): Word => [((word << 3) | (isDouble ? 4 : 0) | 2) >>> 0, segment];
export const text = (letters: string): Word => {
  const bytes = new DataView(new ArrayBuffer(8));
  new TextEncoder().encodeInto(letters, new Uint8Array(bytes.buffer));
  return [bytes.getUint32(0, true), bytes.getUint32(4, true)];
};

/** A message as it lies in a frame: the table of segments, then the segments. */
export function message(...segments: readonly (readonly Word[])[]): Uint8Array {
  const table = [segments.length - 1, ...segments.map((words) => words.length)];
  if (table.length % 2 === 1) table.push(0);
  return halves([...table, ...segments.flat(2)]);
}

export function halves(numbers: readonly number[]): Uint8Array {
  const out = new DataView(new ArrayBuffer(numbers.length * 4));
  numbers.forEach((number, i) => out.setUint32(i * 4, number, true));
  return new Uint8Array(out.buffer);
}
