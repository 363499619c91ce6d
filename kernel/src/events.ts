import { createTopics, isTopic, SallyportError, type Meta } from "@sallyport/bus";

/** Someone who hears events: the host, or a plugin. */
export interface Subscriber {
  readonly name: string;
  /** Takes one event; `false`: it was dropped. */
  deliver(topic: string, payload: unknown, meta: Meta | undefined): boolean;
}

/** Topics and who hears them. */
export interface Events {
  subscribe(pattern: string, subscriber: Subscriber): () => void;
  /** Hands an event to everyone subscribed, once each, but not to its own sender. Returns to how many. */
  publish(topic: string, payload: unknown, sender: string, meta?: Meta): number;
}

export function createEvents(): Events {
  const topics = createTopics<Subscriber>();
  return {
    subscribe: (pattern, subscriber) => topics.subscribe(pattern, subscriber),
    publish(topic, payload, sender, meta) {
      if (!isTopic(topic)) throw new SallyportError("invalid_argument", `'${topic.slice(0, 80)}' is not a topic`, { path: "topic", help: "Use segments of letters, digits, _ and - joined by dots." });
      let taken = 0;
      // A plugin with two patterns that match hears the event once.
      for (const subscriber of new Set(topics.match(topic))) {
        if (subscriber.name === sender) continue;
        if (subscriber.deliver(topic, payload, meta)) taken++;
      }
      return taken;
    },
  };
}
