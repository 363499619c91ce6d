// Asks to hear ten thousand topics.
import { evil } from "./kit.js";

export default evil(() => ({ got: [] }), { events: Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`news.topic${i}`, () => undefined])) });
