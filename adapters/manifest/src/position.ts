import { findNodeAtLocation, type Node } from "jsonc-parser";

/** Where something stands in a text file; both count from 1, columns in UTF-16 units as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/**
 * Offset of what a JSON pointer names; of its nearest ancestor that exists when the thing itself is missing.
 * `key` asks for the property's name rather than its value.
 */
export function offsetOf(root: Node, pointer: string, key = false): number {
  const path = pointerSegments(pointer);
  for (; path.length > 0; path.pop()) {
    const node = find(root, path);
    if (node !== undefined) return (key ? (node.parent?.children?.[0] ?? node) : node).offset;
    key = false;
  }
  return root.offset;
}

function find(root: Node, path: readonly string[]): Node | undefined {
  let node: Node | undefined = root;
  for (const segment of path) {
    if (node === undefined) return undefined;
    node = findNodeAtLocation(node, [node.type === "array" ? Number(segment) : segment]);
  }
  return node;
}

function pointerSegments(pointer: string): string[] {
  return pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function pointerPart(key: string | number): string {
  return `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
