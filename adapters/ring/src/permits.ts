/** Who may keep a CPU busy looking: fewer than there are CPUs, whatever the number of links, or they would keep each other waiting. */
export interface Permits {
  /** One for `holder`, free or taken from somebody who has no call open; `false`: there is none. */
  take(holder: Holder): boolean;
  give(holder: Holder): void;
}

export interface Holder {
  busy(): boolean;
  /** The permit went to somebody else. */
  lost(): void;
}

export function createPermits(count: number): Permits {
  const holders = new Set<Holder>();
  return {
    take(holder) {
      if (holders.size >= count) {
        const idle = [...holders].find((other) => !other.busy());
        if (idle === undefined) return false;
        holders.delete(idle);
        idle.lost();
      }
      holders.add(holder);
      return true;
    },
    give: (holder) => void holders.delete(holder),
  };
}
