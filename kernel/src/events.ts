import { createTopics, isTopic, SallyportError, shared, type EventFrame, type Meta } from "@sallyport/bus";

/** Someone who hears events: the host, or a plugin. */
export interface Subscriber {
  readonly name: string;
  /** Takes one event, which others take too; `false`: it was dropped. */
  deliver(event: EventFrame): boolean;
}

/** Topics and who hears them. */
export interface Events {
  subscribe(pattern: string, subscriber: Subscriber): () => void;
  /** Hands an event to everyone subscribed, once each, but not to its own sender. Returns to how many. */
  publish(topic: string, payload: unknown, sender: string, meta?: Meta): number;
}

export function createEvents(): Events {
  const topics = createTopics<Subscriber>();
  // By the list that the table of topics remembers; it makes a new one when subscriptions change.
  const uniques = new WeakMap<readonly Subscriber[], readonly Subscriber[]>();

  /** A plugin with two patterns that match hears the event once. */
  function once(matched: readonly Subscriber[]): readonly Subscriber[] {
    let unique = uniques.get(matched);
    if (unique === undefined) uniques.set(matched, (unique = [...new Set(matched)]));
    return unique;
  }

  return {
    subscribe: (pattern, subscriber) => topics.subscribe(pattern, subscriber),
    publish(topic, payload, sender, meta) {
      if (!isTopic(topic)) throw new SallyportError("invalid_argument", `'${topic.slice(0, 80)}' is not a topic`, { path: "topic", help: "Use segments of letters, digits, _ and - joined by dots." });
      let taken = 0;
      const subscribers = once(topics.match(topic));
      // One receiver is better served by the tables of its own connection.
      const event: EventFrame = { t: "ev", m: topic, p: payload, ...(subscribers.length > 1 && { s: shared(payload) }), ...(meta && { meta }) };
      for (const subscriber of subscribers) {
        if (subscriber.name !== sender && subscriber.deliver(event)) taken++;
      }
      return taken;
    },
  };
}
