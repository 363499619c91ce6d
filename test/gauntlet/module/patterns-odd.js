// Asks to hear what is no topic pattern (C05).
import { evil } from "./kit.js";

export default evil(() => ({ got: [] }), { events: Object.fromEntries(["#", "a..b", "a.**.b", "", ".", "x".repeat(1 << 20)].map((name) => [name, () => undefined])) });
