import { random } from "../mutate.js";
import { blocksOf, type Coverage } from "./coverage.js";
import { change } from "./mutators.js";
import type { Target } from "./target.js";

export interface FuzzOptions {
  readonly target: Target;
  readonly coverage: Coverage;
  readonly corpus: readonly Uint8Array[];
  readonly seed: number;
  readonly seconds: number;
  /** An input that broke a promise. */
  crashed(bytes: Uint8Array, error: unknown): void;
}

export interface FuzzReport {
  readonly runs: number;
  readonly accepted: number;
  readonly blocks: number;
  /** Blocks that the corpus did not reach before. */
  readonly newBlocks: number;
  readonly slowestMs: number;
  readonly crashes: number;
  /** The smallest inputs that reach all features. */
  readonly corpus: readonly Uint8Array[];
}

/** Asking V8 for its counts costs as much as hundreds of inputs: they run in batches, and a batch with something new is searched by halves. */
const BATCH = 200;
/** A machine has pauses of its own: an input is slow if it is slow again. */
const AGAIN_MS = 5;
const SLOW_MS = 25;
const TRIES = 5;
const MOST_CRASHES = 5;

export async function fuzz({ target, coverage, corpus, seed, seconds, crashed }: FuzzOptions): Promise<FuzzReport> {
  const pick = random(seed);
  const known = new Set<string>();
  const blocks = new Set<string>();
  const kept: { bytes: Uint8Array; features: ReadonlySet<string> }[] = [];
  let runs = 0;
  let accepted = 0;
  let crashes = 0;
  let slowestMs = 0;

  async function run(bytes: Uint8Array): Promise<void> {
    runs++;
    const startedAt = performance.now();
    try {
      if (await target.run(bytes)) accepted++;
    } catch (error) {
      crashes++;
      crashed(bytes, error);
      return;
    }
    const ms = performance.now() - startedAt;
    if (ms < AGAIN_MS) return void (slowestMs = Math.max(slowestMs, ms));
    let leastMs = ms;
    for (let i = 0; i < TRIES; i++) {
      const againAt = performance.now();
      await target.run(bytes);
      leastMs = Math.min(leastMs, performance.now() - againAt);
    }
    slowestMs = Math.max(slowestMs, leastMs);
    if (leastMs < SLOW_MS) return;
    crashes++;
    crashed(bytes, new Error(`it takes ${Math.round(leastMs)} ms each time`));
  }

  /** Keeps an input that reaches what no other did. */
  async function look(bytes: Uint8Array): Promise<void> {
    await run(bytes);
    const features = coverage.take();
    if ([...features].every((feature) => known.has(feature))) return;
    for (const feature of features) known.add(feature);
    for (const block of blocksOf(features)) blocks.add(block);
    kept.push({ bytes, features });
  }

  /** The counts of many inputs together are larger than those of one: only a block says that something is new. */
  function isNew(features: ReadonlySet<string>): boolean {
    for (const block of blocksOf(features)) if (!blocks.has(block)) return true;
    return false;
  }

  /** Finds the inputs that reached something new by halves. */
  async function search(inputs: readonly Uint8Array[]): Promise<void> {
    if (inputs.length === 1) return look(inputs[0] as Uint8Array);
    const middle = inputs.length >> 1;
    for (const half of [inputs.slice(0, middle), inputs.slice(middle)]) {
      for (const bytes of half) await run(bytes);
      if (isNew(coverage.take())) await search(half);
    }
  }

  coverage.take();
  for (const bytes of [...target.seeds, ...corpus]) await look(bytes);
  const before = blocks.size;
  const endAt = performance.now() + seconds * 1000;
  while (performance.now() < endAt && crashes < MOST_CRASHES) {
    const batch: Uint8Array[] = [];
    for (let i = 0; i < BATCH; i++) {
      // What was found last is tried most.
      const from = kept[kept.length - 1 - Math.floor((pick(1000) * pick(1000) * kept.length) / 1_000_000)] ?? kept[0];
      batch.push(change(from?.bytes ?? new Uint8Array(0), kept[pick(Math.max(1, kept.length))]?.bytes ?? new Uint8Array(0), target.tokens, pick));
      await run(batch[i] as Uint8Array);
      if (performance.now() > endAt) break;
    }
    if (isNew(coverage.take())) await search(batch);
  }
  return { runs, accepted, crashes, slowestMs, blocks: blocks.size, newBlocks: blocks.size - before, corpus: smallest(kept) };
}

/** Greedy: by size, what reaches a block or a count that no smaller one does. */
function smallest(kept: readonly { bytes: Uint8Array; features: ReadonlySet<string> }[]): Uint8Array[] {
  const reached = new Set<string>();
  const out: Uint8Array[] = [];
  for (const { bytes, features } of [...kept].sort((a, b) => a.bytes.length - b.bytes.length)) {
    const blocks = blocksOf(features);
    if ([...blocks].every((block) => reached.has(block))) continue;
    for (const block of blocks) reached.add(block);
    out.push(bytes);
  }
  return out;
}
