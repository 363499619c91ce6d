import { expect, onTestFinished, test } from "vitest";
import type { Hooks, Kernel } from "@sallyport/kernel";
import { composeHooks, createHost } from "sallyport";
import { fixture, folder } from "./sallyport.js";

function closing(kernel: Kernel): Kernel {
  onTestFinished(() => kernel.close());
  return kernel;
}

test("one line from a config object to a call", async () => {
  const kernel = closing(await createHost({ plugins: { talker: fixture("talker") } }));
  expect(await kernel.call("talk.echo", { a: 1 })).toEqual({ a: 1 });
});

test("a file as config, relative to base", async () => {
  const base = await folder({ "host.json": { plugins: { talker: fixture("talker") }, timeoutMs: 150 } });
  const kernel = closing(await createHost("host.json", { base }));
  await expect(kernel.call("talk.sleep")).rejects.toMatchObject({ code: "deadline_exceeded" });
});

test("host methods are there before a plugin starts, with their schemas", async () => {
  const asked: string[] = [];
  const kernel = closing(await createHost({ plugins: { greeter: { path: fixture("greeter.js"), grants: ["call:ledger.balance"] } } }, {
    provide: {
      "ledger.balance": {
        handler: (params: { account: string }, context) => {
          asked.push(`${context.caller}:${params.account}`);
          return 12;
        },
        params: { type: "object", properties: { account: { type: "string" } }, required: ["account"] },
      },
    },
  }));
  expect(await kernel.call("greet.balance", { account: "a1" })).toBe(12);
  await expect(kernel.call("greet.balance", {})).rejects.toMatchObject({ code: "invalid_argument" });
  expect(asked).toEqual(["greeter:a1"]);
});

test("inline takes the module that the program imported", async () => {
  const greeter = { methods: { "greet.hello": (params: { name: string }) => `inline ${params.name}` } };
  const config = { plugins: { greeter: { path: "greeter", mode: "inline", trust: "trusted" } } } as const;
  const kernel = closing(await createHost(config, { inline: { greeter } }));
  expect(await kernel.call("greet.hello", { name: "me" })).toBe("inline me");
  await expect(createHost(config)).rejects.toMatchObject({ code: "failed_precondition", message: expect.stringContaining("plugins.greeter") as string });
});

test("if one plugin cannot be loaded everything is closed, and the error names it", async () => {
  const lives: string[] = [];
  const host = createHost({ plugins: { good: fixture("talker"), bad: fixture("mumbler") } }, { hooks: { lifecycle: (event) => lives.push(`${event.plugin} ${event.event}`) } });
  await expect(host).rejects.toMatchObject({ code: "bad_handshake", plugin: "bad", message: expect.stringContaining("plugins.bad: cannot load plugin 'bad'") as string });
  expect(lives).not.toContain("bad ready");
});

test("a signal gives up the start", async () => {
  const reason = new Error("changed my mind");
  await expect(createHost({ plugins: { talker: fixture("talker") } }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test("several listeners hear the same; one that throws keeps nothing from the others", async () => {
  const heard: string[] = [];
  const hear = (who: string): Hooks => ({ lifecycle: (event) => heard.push(`${who} ${event.event}`) });
  const broken: Hooks = { lifecycle() { throw new Error("no"); } };
  const kernel = closing(await createHost({ plugins: { greeter: fixture("greeter.js") } }, { hooks: [hear("a"), broken, composeHooks(hear("b"), undefined)] }));
  await kernel.close();
  expect(heard.filter((each) => each.endsWith("ready"))).toEqual(["a ready", "b ready"]);
  expect(composeHooks(hear("c"))).not.toHaveProperty("crossing");
});
