/** How much a call matters to the host, compared with others that wait for the same plugin. */
export type Priority = "high" | "normal" | "low";

/** So many calls of each priority are let in while all three wait: low ones never starve. */
const WEIGHTS: Readonly<Record<Priority, number>> = { high: 16, normal: 4, low: 1 };
const PRIORITIES = Object.keys(WEIGHTS) as Priority[];

export function isPriority(name: unknown): name is Priority {
  return typeof name === "string" && Object.hasOwn(WEIGHTS, name);
}

/**
 * Who waits for a place. Each line belongs to one caller and tenant, and lines take turns, so a flood in one of them
 * delays the others by one call each turn, not by all of its own. Priorities share the turns by weight.
 */
export interface Lines<W> {
  readonly waiting: number;
  /** Adds one at the end of its line. */
  add(place: Place, waiter: W): void;
  /** `false`: it was not in there any more. */
  remove(place: Place, waiter: W): boolean;
  /** How many of this line wait. */
  length(place: Place): number;
  /** There are as many lines as may be: no more for tenants, which can be without number; callers are not. */
  readonly full: boolean;
  next(): W | undefined;
  all(): W[];
}

export interface Place {
  readonly caller: string;
  readonly tenant: string | undefined;
  readonly priority: Priority | undefined;
}

/** Lines of all priorities at once. */
const MOST_LINES = 4096;

interface Class<W> {
  /** In insertion order: the first line is next. One that was served goes to the end. */
  readonly lines: Map<string, Set<W>>;
  /** What its turns have cost so far; the one that paid least is next. Stride scheduling, after Waldspurger and Weihl. */
  paid: number;
}

export function createLines<W>(): Lines<W> {
  const classes: Readonly<Record<Priority, Class<W>>> = { high: newClass(), normal: newClass(), low: newClass() };
  let waiting = 0;
  let lines = 0;
  /** What the class that was served last had paid: one that comes back does not get the turns that it did not need. */
  let now = 0;

  const classOf = ({ priority }: Place): Class<W> => classes[priority ?? "normal"];

  function drop(one: Class<W>, key: string): void {
    one.lines.delete(key);
    lines--;
  }

  return {
    get waiting() {
      return waiting;
    },
    get full() {
      return lines >= MOST_LINES;
    },
    add(place, waiter) {
      const one = classOf(place);
      if (one.lines.size === 0) one.paid = Math.max(one.paid, now);
      const key = keyOf(place);
      let line = one.lines.get(key);
      if (line === undefined) {
        one.lines.set(key, (line = new Set()));
        lines++;
      }
      line.add(waiter);
      waiting++;
    },
    remove(place, waiter) {
      const one = classOf(place);
      const key = keyOf(place);
      const line = one.lines.get(key);
      if (line?.delete(waiter) !== true) return false;
      if (line.size === 0) drop(one, key);
      waiting--;
      return true;
    },
    length: (place) => classOf(place).lines.get(keyOf(place))?.size ?? 0,
    next() {
      let best: Priority | undefined;
      for (const name of PRIORITIES) {
        if (classes[name].lines.size > 0 && (best === undefined || classes[name].paid < classes[best].paid)) best = name;
      }
      if (best === undefined) return undefined;
      const one = classes[best];
      now = one.paid;
      one.paid += 1 / WEIGHTS[best];
      const [key, line] = one.lines.entries().next().value as [string, Set<W>];
      const waiter = line.values().next().value as W;
      line.delete(waiter);
      one.lines.delete(key);
      if (line.size > 0) one.lines.set(key, line);
      else lines--;
      waiting--;
      return waiter;
    },
    all: () => PRIORITIES.flatMap((name) => [...classes[name].lines.values()].flatMap((line) => [...line])),
  };
}

function newClass<W>(): Class<W> {
  return { lines: new Map(), paid: 0 };
}

/** A caller's name holds no such character; a tenant's may hold any. */
function keyOf({ caller, tenant }: Place): string {
  return tenant === undefined ? caller : `${caller}\u0000${tenant}`;
}
