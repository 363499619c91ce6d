import { matchTopic } from "@sallyport/bus";
import type { PluginDefinition } from "./definition.js";

type Hearer = NonNullable<PluginDefinition<never>["events"]>[string];

/** Topics remembered with their handlers; a publisher can make up topics, so the memory is bounded and starts over. */
const REMEMBERED_TOPICS = 256;

/** Who hears a topic: the handlers of all patterns that match, in the order of the definition. */
export function createHearers(events: Readonly<Record<string, Hearer>>): (topic: string) => readonly Hearer[] {
  const patterns = Object.entries(events);
  const known = new Map<string, readonly Hearer[]>();
  return (topic) => {
    let found = known.get(topic);
    if (found === undefined) {
      found = patterns.filter(([pattern]) => matchTopic(pattern, topic)).map(([, handler]) => handler);
      if (known.size >= REMEMBERED_TOPICS) known.clear();
      known.set(topic, found);
    }
    return found;
  };
}
