import { setImmediate } from "node:timers/promises";

/** Lines of one turn of the event loop. */
const TURN_LINES = 256;
const NEWLINE = 0x0a;

/** Lines without their end; the last one counts without one too. Throws `tooLong()` before it holds more than `mostBytes` of one. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, mostBytes: number, tooLong: () => Error): AsyncGenerator<Uint8Array, void, void> {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  let lines = 0;
  const add = (piece: Uint8Array): void => {
    bytes += piece.byteLength;
    if (bytes > mostBytes) throw tooLong();
    pieces.push(piece);
  };
  const take = (): Uint8Array => {
    const line = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
    pieces = [];
    bytes = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      start = end + 1;
      yield take();
      if (++lines % TURN_LINES === 0) await setImmediate();
    }
    if (start < chunk.byteLength) add(chunk.subarray(start));
  }
  if (bytes > 0) yield take();
}
