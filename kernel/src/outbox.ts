import type { EventFrame, Peer } from "@sallyport/bus";

/** Events that wait until a plugin is up and gives credit. Bounded: beyond it the newest are dropped and counted. */
export interface Outbox {
  /** Sends or queues; `false`: dropped. */
  push(event: EventFrame): boolean;
  flush(): void;
  /** Drops what waits and may not be heard any more. */
  keep(hears: (topic: string) => boolean): void;
}

export function createOutbox(options: { readonly bound: number; readonly peer: () => Peer | undefined; dropped(topic: string, why: string): void }): Outbox {
  let queue: EventFrame[] = [];
  const send = (event: EventFrame): boolean => {
    try {
      return options.peer()?.emit(event) ?? false;
    } catch (error) {
      // This event can never cross (too large for this plugin): it must not hold up the ones behind it.
      options.dropped(event.m, (error as Error).message);
      return true;
    }
  };
  return {
    push(event) {
      if (queue.length === 0 && send(event)) return true;
      if (queue.length >= options.bound) {
        options.dropped(event.m, "the plugin takes events more slowly than they come");
        return false;
      }
      queue.push(event);
      return true;
    },
    keep(hears) {
      queue = queue.filter((event) => hears(event.m));
    },
    flush() {
      let sent = 0;
      while (sent < queue.length && send(queue[sent] as EventFrame)) sent++;
      if (sent > 0) queue = queue.slice(sent);
    },
  };
}
