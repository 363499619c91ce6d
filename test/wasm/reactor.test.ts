import { join } from "node:path";
import { expect, test } from "vitest";
import { compiled } from "./build.js";
import { folder, kernel } from "./harness.js";

const C = "../../plugins/c";

test("a module of the guest ABI may be a WASI reactor, whose stdout is its log", async (context) => {
  const path = join(folder(), "reactor.wasm");
  const { why } = await compiled("fixtures/reactor.c", path, ...["guest.c", "demo.c", "wasm.c"].map((file) => new URL(`${C}/${file}`, import.meta.url).pathname));
  if (why !== undefined) return context.skip(why);
  const logs: string[] = [];
  const k = kernel({ hooks: { log: ({ message }) => void logs.push(message) } });
  expect(await k.load({ path })).toMatchObject({ mode: "wasi" });
  expect(await k.call("demo.upper", { text: "hello" })).toBe("HELLO");
  expect(await k.call("demo.sleep", { ms: 5 })).toEqual({ slept: 5 });
  expect(logs).toContain("initialised");
  await k.unload("reactor");
  // In the mode without WASI it is refused, with where to go.
  await expect(k.load({ path, mode: "wasm" })).rejects.toMatchObject({ code: "spawn_failed", help: 'It is a WASI program: ask for "mode": "wasi".' });
});
