import { describe, expect, it } from "vitest";
import { buildLanguage, LANGUAGES } from "../languages/build.js";
import { host, repository } from "./host.js";

// Only a plugin itself can say which of its open calls it works for; what the SDK and the examples say decides whether a deputy can be confused.
const relays = [
  ...["process", "worker", "stdio"].map((mode) => ({ name: `javascript, ${mode}`, path: repository(mode === "stdio" ? "plugins/javascript/main.js" : "plugins/javascript"), mode, args: [] as readonly string[], missing: async (): Promise<string | undefined> => undefined })),
  { name: "typescript, process", path: repository("plugins/typescript"), mode: "process", args: [], missing: async () => undefined },
  // The shell example makes no calls.
  ...LANGUAGES.filter(({ name }) => name !== "sh").flatMap((language) => Object.entries(language.codecs).map(([codec, args]) => ({ name: `${language.name}, ${codec}`, path: language.folder, mode: "stdio", args, missing: () => buildLanguage(language) }))),
];

describe.each(relays)("a call that the demo plugin in $name makes for another", ({ path, mode, args, missing }) => {
  it("says for whom", async (context) => {
    const why = await missing();
    if (why !== undefined) return context.skip(why);
    const { kernel } = host();
    const origins: (readonly string[])[] = [];
    kernel.provide("host.who", (_params, { origin }) => void origins.push(origin));
    await kernel.load({ path, name: "demo", mode, args, grants: ["call:host.who"], ...(path.endsWith(".js") && { permissions: { read: [repository("")] } }) });
    await kernel.call("demo.relay", { method: "host.who", params: null });
    expect(origins).toEqual([["host", "demo"]]);
  });
});
