import { deepStrictEqual } from "node:assert";

/** Throws when an answer is not what was sent. Bytes may come back as a view of another kind. */
export function assertEcho(answer: unknown, sent: unknown): void {
  if (!(sent instanceof Uint8Array)) return deepStrictEqual(answer, sent);
  if (!(answer instanceof Uint8Array) || Buffer.compare(answer, sent) !== 0) throw new Error(`an echo of ${sent.length} bytes came back different`);
}
