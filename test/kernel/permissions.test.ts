import { expect, onTestFinished, test } from "vitest";
import { createKernel, type Adapter, type Manifest, type Permissions, type PluginInfo } from "@sallyport/kernel";

/** A mode that starts nothing: what it would be asked for is all that is looked at. */
async function load(asked: Permissions | undefined, granted: Permissions | undefined): Promise<PluginInfo> {
  const manifest: Manifest = { name: "fx", version: "1.0.0", entry: "x", methods: { "fx.run": {} }, ...(asked && { permissions: asked }) };
  const adapter: Adapter = {
    mode: "still", entries: ["executable"], trust: "untrusted",
    traits: { memory: "separate", crash: "contained", stop: "preemptive", authority: "ambient", copies: true, stops: "", costs: "" },
    inspect: async () => ({ name: "fx", kind: "executable", root: "/plugins/fx", entry: "/plugins/fx/x", manifest }),
    open: () => Promise.reject(new Error("never")),
    async [Symbol.asyncDispose]() {},
  };
  const kernel = createKernel({ adapters: [adapter] });
  onTestFinished(() => kernel.close());
  return kernel.load({ path: "fx", start: "lazy", ...(granted && { permissions: granted }) });
}

test.each<readonly [what: string, asked: Permissions | undefined, granted: Permissions | undefined, effective: Permissions, denied: readonly string[]]>([
  ["nothing is granted to who asks for nothing of a config that grants nothing", undefined, undefined, {}, []],
  ["a manifest that states none gets what the config grants", undefined, { read: ["data"], net: ["*"] }, { read: ["/plugins/fx/data"], net: ["*"] }, []],
  ["a manifest that states some gets no more than those", { read: ["/a"] }, { read: ["/a", "/b"], net: ["*"] }, { read: ["/a"] }, []],
  ["what is asked for and not granted is denied", { read: ["/a"], run: ["sh"] }, {}, {}, ["read:/a", "run:sh"]],
  ["a folder covers what is inside, by whole names", { read: ["/data/x/y", "/database"] }, { read: ["/data"] }, { read: ["/data/x/y"] }, ["read:/database"]],
  ["of two that overlap the smaller is given", { read: ["/data"] }, { read: ["/data/x"] }, { read: ["/data/x"] }, ["read:/data"]],
  ["dots are resolved before anything is compared", { read: ["/data/../etc", "./a/../../other"] }, { read: ["/data", "/plugins/fx"] }, {}, ["read:/etc", "read:/plugins/other"]],
  ["what may be written may be read, and not the other way round", { read: ["/a"], write: ["/b"] }, { read: ["/b"], write: ["/a"] }, { read: ["/a"] }, ["write:/b"]],
  ["everything covers a port, and a port no other", { net: ["api.example.com:443", "*:80", "*:4430"] }, { net: ["*:443"] }, { net: ["api.example.com:443"] }, ["net:*:80", "net:*:4430"]],
  ["of everywhere and one port the port is given", { net: ["*"] }, { net: ["*:443"] }, { net: ["*:443"] }, ["net:*"]],
  ["programs are what they are called", { run: ["awk", "/bin/sh"] }, { run: ["awk", "sh"] }, { run: ["awk"] }, ["run:/bin/sh"]],
  ["all programs cover each", { run: ["awk"] }, { run: ["*"] }, { run: ["awk"] }, []],
])("%s", async (_what, asked, granted, effective, denied) => {
  expect(await load(asked, granted)).toMatchObject({ denied });
  expect((await load(asked, granted)).permissions).toEqual(effective);
});

test.each<readonly [granted: unknown, path: string]>([
  [{ read: "data" }, "permissions.read"],
  [{ read: [7] }, "permissions.read[0]"],
  [{ read: ["a\0b"] }, "permissions.read[0]"],
  [{ write: [""] }, "permissions.write[0]"],
  [{ net: ["*", "https://x"] }, "permissions.net[1]"],
  [{ net: ["x:70000"] }, "permissions.net[0]"],
  [{ net: ["x:0"] }, "permissions.net[0]"],
  [{ run: ["./tool"] }, "permissions.run[0]"],
  [{ exec: ["sh"] }, "permissions.exec"],
])("what is no permission is refused with its place: %j", async (granted, path) => {
  await expect(load(undefined, granted as Permissions)).rejects.toMatchObject({ code: "invalid_argument", plugin: "fx", path, message: expect.stringContaining("plugin 'fx'") });
});
