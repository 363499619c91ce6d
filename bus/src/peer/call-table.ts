/** Open calls by their id. */
export interface CallTable<T> {
  get(id: number): T | undefined;
  set(id: number, call: T): void;
  delete(id: number): void;
  /** A copy: calls may end while it is walked. */
  all(): T[];
  clear(): void;
  readonly size: number;
}

interface Place<T> { id: number; call: T | undefined }

const FIRST_PLACES = 64;
/** More than the limits let be open at once. */
const MOST_PLACES = 16_384;

/**
 * Ids count upwards and most calls are short, so a place found by the lowest bits of the id is nearly always free; what
 * does not find it free goes into a Map. A Map alone costs several times as much: it leaves a replaced table behind
 * every few calls, and one that has grown old keeps those after it, with their calls, from the young collection.
 */
export function createCallTable<T>(): CallTable<T> {
  let places = emptyPlaces<T>(FIRST_PLACES);
  const others = new Map<number, T>();
  let size = 0;
  // A side's own ids are all odd or all even.
  const placeOf = (id: number): Place<T> => places[(id >>> 1) & (places.length - 1)] as Place<T>;

  function put(id: number, call: T): void {
    const place = placeOf(id);
    if (place.call !== undefined) return void others.set(id, call);
    place.id = id;
    place.call = call;
  }

  function grow(): void {
    const open = [...places.flatMap(({ id, call }): [number, T][] => (call === undefined ? [] : [[id, call]])), ...others];
    places = emptyPlaces<T>(places.length * 2);
    others.clear();
    for (const [id, call] of open) put(id, call);
  }

  return {
    get(id) {
      const place = placeOf(id);
      return place.id === id ? place.call : others.size === 0 ? undefined : others.get(id);
    },
    set(id, call) {
      // Only for many calls, not for ids that somebody chose to fall on one place.
      if (++size * 2 > places.length && places.length < MOST_PLACES) grow();
      put(id, call);
    },
    delete(id) {
      const place = placeOf(id);
      if (place.id === id && place.call !== undefined) {
        place.id = 0;
        place.call = undefined;
        size--;
      } else if (others.delete(id)) size--;
    },
    all: () => [...places.flatMap(({ call }) => (call === undefined ? [] : [call])), ...others.values()],
    clear() {
      places = emptyPlaces<T>(FIRST_PLACES);
      others.clear();
      size = 0;
    },
    get size() {
      return size;
    },
  };
}

function emptyPlaces<T>(length: number): Place<T>[] {
  return Array.from({ length }, () => ({ id: 0, call: undefined }));
}
