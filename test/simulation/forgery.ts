import type { Frame } from "@sallyport/bus";
import type { Dice } from "./dice.js";

/** A frame that a codec would accept and no honest guest would send now. */
export function forgery(dice: Dice): Frame {
  const id = dice.oneIn(6) ? dice.below(2 ** 31) + 1 : dice.below(40) + 1;
  const n = dice.oneIn(4) ? Number.MAX_SAFE_INTEGER : 1 + dice.below(9);
  const forged: Readonly<Record<string, () => Frame>> = {
    result: () => ({ t: "res", id, r: "forged" }),
    error: () => ({ t: "err", id, e: { code: "plugin_crashed", msg: "forged" } }),
    item: () => ({ t: "data", id, d: "forged" }),
    end: () => ({ t: "end", id }),
    credit: () => ({ t: "credit", id: dice.oneIn(3) ? 0 : id, n }),
    progress: () => ({ t: "prog", id, p: { done: n } }),
    cancel: () => ({ t: "cancel", id, why: "caller" }),
    request: () => ({ t: "req", id, m: "a.b", p: "forged", ...(dice.oneIn(2) && { dl: dice.below(100) }), ...(dice.oneIn(2) && { cr: n }), ...(dice.oneIn(2) && { in: true as const }), ...(dice.oneIn(2) && { par: dice.below(40) }) }),
    event: () => ({ t: "ev", m: "t.x", p: -1 }),
    log: () => ({ t: "log", lv: "error", msg: "forged" }),
    ping: () => ({ t: "ping", n }),
    pong: () => ({ t: "pong", n }),
    bye: () => ({ t: "bye", why: "shutdown" }),
    hello: () => ({ t: "hello", name: "again", version: "1.0.0", methods: [] }),
  };
  return (dice.pick(Object.values(forged)) as () => Frame)();
}
