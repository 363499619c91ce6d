import { EventEmitter } from "eventemitter3";
import { SallyportError } from "./errors.js";
import { isPattern, isTopic } from "./topic.js";

/** Who hears what. Matching a topic costs nothing for the patterns that have nothing to do with it. */
export interface Topics<T> {
  /** Throws `invalid_argument` for a malformed pattern. The returned function ends the subscription; calling it again does nothing. */
  subscribe(pattern: string, subscriber: T): () => void;
  /** Subscribers of `topic`, once per subscription, in the order they subscribed. Do not keep it: it is shared. */
  match(topic: string): readonly T[];
  /** Subscriptions. */
  readonly size: number;
}

interface Entry<T> { readonly order: number; readonly subscriber: T }
interface Node { readonly children: Map<string, Node>; pattern: string | undefined }

/** Topics remembered with their subscribers. A plugin can make up topics, so the memory is bounded and simply starts over. */
const CACHED_TOPICS = 1024;

/**
 * eventemitter3 keeps the subscribers of each pattern: lookup by name in a table without prototype keys
 * (`constructor` is a fine topic), no array for a lone subscriber, and removal by copy, so that a subscriber which
 * leaves during a delivery disturbs nobody. What it does not know is wildcards: a tree of segments finds the
 * patterns that cover a topic, each is emitted once to collect its subscribers, and the answer is remembered.
 */
export function createTopics<T>(): Topics<T> {
  const emitter = new EventEmitter<Record<string, (into: Entry<T>[]) => void>>();
  const root = createNode();
  const cache = new Map<string, readonly T[]>();
  let size = 0;
  let order = 0;

  return {
    subscribe(pattern, subscriber) {
      if (!isPattern(pattern)) throw new SallyportError("invalid_argument", `'${pattern.slice(0, 80)}' is not a topic pattern: dot-separated words, '*' for one, a final '**' for one or more`);
      const entry = { order: order++, subscriber };
      const collect = (into: Entry<T>[]): void => void into.push(entry);
      const path = pattern.split(".");
      if (emitter.listenerCount(pattern) === 0) plant(root, path, pattern);
      emitter.on(pattern, collect);
      size++;
      cache.clear();
      let live = true;
      return () => {
        if (!live) return;
        live = false;
        emitter.off(pattern, collect);
        if (emitter.listenerCount(pattern) === 0) prune(root, path, 0);
        size--;
        cache.clear();
      };
    },
    match(topic) {
      const known = cache.get(topic);
      if (known !== undefined) return known;
      const found: Entry<T>[] = [];
      if (isTopic(topic)) visit(root, topic.split("."), 0, (pattern) => void emitter.emit(pattern, found));
      const subscribers = found.sort((a, b) => a.order - b.order).map((entry) => entry.subscriber);
      if (cache.size >= CACHED_TOPICS) cache.clear();
      cache.set(topic, subscribers);
      return subscribers;
    },
    get size() {
      return size;
    },
  };
}

function createNode(): Node {
  return { children: new Map(), pattern: undefined };
}

function plant(root: Node, path: readonly string[], pattern: string): void {
  let node = root;
  for (const segment of path) {
    let next = node.children.get(segment);
    if (next === undefined) node.children.set(segment, (next = createNode()));
    node = next;
  }
  node.pattern = pattern;
}

/** Removes what the path planted and nobody else uses; true when `node` itself is empty then. */
function prune(node: Node, path: readonly string[], depth: number): boolean {
  const segment = path[depth];
  if (segment === undefined) node.pattern = undefined;
  else {
    const next = node.children.get(segment);
    if (next !== undefined && prune(next, path, depth + 1)) node.children.delete(segment);
  }
  return node.pattern === undefined && node.children.size === 0;
}

function visit(node: Node, topic: readonly string[], depth: number, found: (pattern: string) => void): void {
  if (depth === topic.length) {
    if (node.pattern !== undefined) found(node.pattern);
    return;
  }
  const segment = topic[depth] as string;
  const exact = node.children.get(segment);
  if (exact !== undefined) visit(exact, topic, depth + 1, found);
  // Reserved names are covered only by patterns that spell them.
  if (depth === 0 && segment.startsWith("$")) return;
  const one = node.children.get("*");
  if (one !== undefined) visit(one, topic, depth + 1, found);
  const rest = node.children.get("**")?.pattern;
  if (rest !== undefined) found(rest);
}
