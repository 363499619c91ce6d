// Asks to hear everything, and what begins like something it may hear (C05).
import { evil, pause } from "./kit.js";

const heard = [];
export default evil(async () => {
  await pause(100);
  return { got: heard };
}, { events: Object.fromEntries(["*", "**", "*.*", "ledger.**", "news", "newsletter.secret", "news.**.x"].filter((name) => !name.includes("**.")).map((name) => [name, (_payload) => void heard.push(name)])) });
