import type { Field, MessageType } from "./proto/schema.js";

/**
 * gRPC streams have items and no result. A method whose answers are a oneof of `item`, `progress` and `result` says which each
 * is: items and reports of progress come as such, and `result`, sent last, is what the call returns.
 */
export interface Reply {
  readonly items: boolean;
}

const PARTS = new Set(["item", "progress", "result"]);

/** `undefined`: every answer is an item, and the result of the call is null. */
export function replyOf({ fields }: MessageType): Reply | undefined {
  const [first] = fields;
  const parts = fields.length > 0 && fields.every((field: Field) => PARTS.has(field.name) && field.oneof !== undefined && field.oneof === first?.oneof);
  const has = (name: string): boolean => fields.some((field) => field.name === name);
  return parts && has("result") && fields.length > 1 ? { items: has("item") } : undefined;
}
