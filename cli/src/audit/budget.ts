import { createBucket, type Bucket, type Drops } from "./bucket.js";

/** What the plugins may write, each for itself. */
export interface Budget {
  of(plugin: string): PluginBudget;
  /** What was dropped since it was asked last. */
  drops(): readonly { readonly plugin: string; readonly drops: Drops; readonly isCrossing: boolean }[];
  /** The plugin is gone: what it dropped is told by the next `drops`, then it is forgotten. */
  forget(plugin: string): void;
}

export interface PluginBudget {
  /** Events that a plugin can cause at will: refusals, drops, limits, uses of secrets. */
  readonly asked: Bucket;
  /** Events that the host decides. A flood of the others does not keep them out. */
  readonly life: Bucket;
  readonly crossings: Bucket;
}

const WEEK_S = 7 * 86_400;
/** A plugin's burst is this part of a file. */
const BURST_PART = 16;
const CROSSINGS_BYTES_PER_SECOND = 4 << 20;

/** A plugin alone needs a week to fill as many files as are kept. */
export function createBudget(maxBytes: number, keep: number): Budget {
  const plugins = new Map<string, PluginBudget>();
  const leaving = new Set<string>();
  const slow = (): Bucket => createBucket(maxBytes / BURST_PART / 2, (maxBytes * keep) / WEEK_S / 2);
  return {
    of(plugin) {
      let budget = plugins.get(plugin);
      if (budget === undefined) plugins.set(plugin, (budget = { asked: slow(), life: slow(), crossings: createBucket(CROSSINGS_BYTES_PER_SECOND, CROSSINGS_BYTES_PER_SECOND) }));
      leaving.delete(plugin);
      return budget;
    },
    drops() {
      const all = [...plugins].flatMap(([plugin, { asked, life, crossings }]) =>
        [asked, life, crossings].flatMap((bucket) => {
          const drops = bucket.drops();
          return drops === undefined ? [] : [{ plugin, drops, isCrossing: bucket === crossings }];
        }));
      for (const plugin of leaving) plugins.delete(plugin);
      leaving.clear();
      return all;
    },
    forget(plugin) {
      leaving.add(plugin);
    },
  };
}
