import { SallyportError } from "@sallyport/bus";
import type { Secret, SecretProvider } from "@sallyport/kernel";
import { describe, expect, it } from "vitest";
import type { Script } from "../kernel/memory-adapter.js";
import { eventually } from "./eventually.js";
import { deputy, outcome, start } from "./kernel.js";

interface Store extends SecretProvider {
  set(name: string, secret: Secret): void;
  fail(error: Error | undefined): void;
  readonly reads: string[];
  readonly watched: Set<string>;
}

function store(initial: Record<string, Secret>): Store {
  const secrets = new Map(Object.entries(initial));
  const changed = new Map<string, () => void>();
  const reads: string[] = [];
  const watched = new Set<string>();
  let failure: Error | undefined;
  return {
    reads, watched,
    async get(name) {
      reads.push(name);
      if (failure !== undefined) throw failure;
      const secret = secrets.get(name);
      if (secret === undefined) throw new SallyportError("not_found", `no secret ${name}`);
      return secret;
    },
    watch(name, fn) {
      watched.add(name);
      changed.set(name, fn);
      return () => watched.delete(name);
    },
    set(name, secret) {
      secrets.set(name, secret);
      changed.get(name)?.();
    },
    fail: (error) => void (failure = error),
  };
}

const TOKEN: Secret = { value: "canary-7f3a-first", generation: "g1" };
const NEXT: Secret = { value: "canary-7f3a-second", generation: "g2" };
const get = (name: unknown): object => ({ method: "secret.get", params: { name } });

/** Fetches the secret in its `a.get`, and remembers what it hears. */
function client(heard: unknown[], extra: Partial<Script> = {}): Script {
  return { ...deputy("a"), hello: { methods: ["a.do"], events: ["secret.rotated"] }, event: (topic, payload) => void heard.push([topic, payload]), ...extra };
}

describe("a secret", () => {
  it("is handed to who has a grant for it", async () => {
    const { k } = start({ a: deputy("a") }, { secrets: store({ "bank.token": { ...TOKEN, expiresAtMs: Date.now() + 60_000 } }) });
    await k.load({ path: "a", grants: ["secret:bank.*"] });
    expect(await k.call("a.do", get("bank.token"))).toEqual({ ...TOKEN, expiresAtMs: expect.any(Number) as number });
    expect(k.list()[0]?.grants).toEqual(["secret:bank.*"]);
    expect(k.api()).toMatchObject([{ name: "secret.get", provider: "host" }, { name: "a.do" }]);
  });

  it("is refused to everybody else, in the same words whether it exists or not (C10)", async () => {
    const secrets = store({ "bank.token": TOKEN });
    const { k, life } = start({ a: deputy("a") }, { secrets });
    await k.load({ path: "a", grants: ["call:**", "secret:fx.*"] });
    const error = async (name: unknown): Promise<string> => k.call("a.do", get(name)).then(String, (thrown: SallyportError) => JSON.stringify(thrown).replaceAll(String(name), "NAME"));
    const shapes = new Set(await Promise.all(["bank.token", "bank.nosuch", "__proto__", "toString", "constructor", "fx.nosuch"].map(error)));
    expect([...shapes]).toEqual([expect.stringContaining("permission_denied")]);
    expect(await outcome(k.call("a.do", get("a b")))).toBe("permission_denied");
    expect(await outcome(k.call("a.do", get("x".repeat(300))))).toBe("permission_denied");
    expect(await outcome(k.call("a.do", get(["bank.token"])))).toBe("invalid_argument");
    expect(secrets.reads).toEqual(["fx.nosuch"]);
    expect(life.filter(({ event }) => event === "denied").map(({ reason }) => reason)).toEqual(expect.arrayContaining(["secret:bank.token", "secret:__proto__", "secret:toString", "secret:fx.nosuch"]));
  });

  it("is nobody's who only has call:secret.get, and cannot be offered or told of by a plugin", async () => {
    const { k } = start({ a: deputy("a"), thief: { hello: { methods: ["secret.get"] } }, liar: { greeted: (guest) => setTimeout(() => guest.raw({ t: "ev", m: "secret.rotated", p: { name: "bank.token", generation: "x" } }), 5) } });
    const heard: unknown[] = [];
    k.subscribe("**", (payload, topic) => heard.push([topic, payload]));
    await expect(k.load({ path: "thief" })).rejects.toMatchObject({ code: "invalid_argument" });
    await k.load({ path: "a", grants: ["call:secret.get", "call:**"] });
    expect(await outcome(k.call("a.do", get("bank.token")))).toBe("permission_denied");
    await k.load({ path: "liar", grants: ["publish:**"] });
    await eventually(() => expect(k.list()[1]?.stats.denied).toBe(1));
    expect(heard).toEqual([]);
  });

  it("is a plugin's own means: those whose calls it serves need no grant for it", async () => {
    const { k } = start({ a: deputy("a"), b: deputy("b") }, { secrets: store({ "bank.token": TOKEN }) });
    await k.load({ path: "a", grants: ["call:b.do"] });
    await k.load({ path: "b", grants: ["secret:bank.token"] });
    expect(await outcome(k.call("a.do", { method: "b.do", params: get("bank.token") }))).toEqual(TOKEN);
    expect(await outcome(k.call("a.do", get("bank.token")))).toBe("permission_denied");
  });

  it("that cannot be read is unavailable, and only the host's log says why", async () => {
    const secrets = store({ "bank.token": TOKEN });
    secrets.fail(new SallyportError("permission_denied", "/etc/keys/bank can be read by every user", { help: "Run: chmod 600 /etc/keys/bank" }));
    const { k, logs } = start({ a: deputy("a") }, { secrets });
    await k.load({ path: "a", grants: ["secret:bank.token"] });
    const error = await k.call("a.do", get("bank.token")).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "unavailable", retryable: true });
    expect(JSON.stringify(error)).not.toContain("/etc/keys");
    expect(logs).toContainEqual(expect.objectContaining({ plugin: "a", level: "error", message: expect.stringContaining("Run: chmod 600 /etc/keys/bank") as string }));
  });

  it("that fails is not asked for in a loop, and the log says so once", async () => {
    const secrets = store({ "bank.token": TOKEN });
    secrets.fail(new Error("the vault is sealed"));
    const { k, logs, life } = start({ a: deputy("a") }, { secrets });
    await k.load({ path: "a", grants: ["secret:**"] });
    for (let i = 0; i < 50; i++) expect(await outcome(k.call("a.do", get("bank.token")))).toBe("unavailable");
    expect(secrets.reads.length).toBeLessThan(10);
    expect(logs.length).toBeLessThan(10);
    expect(life.filter(({ event }) => event === "secret").length).toBeLessThan(10);
  });

  it("of a provider that hangs ends with the kernel", async () => {
    const { k } = start({ a: deputy("a") }, { secrets: { get: () => new Promise(() => {}) } });
    await k.load({ path: "a", grants: ["secret:**"] });
    const asked = outcome(k.call("a.do", get("x"), { timeoutMs: 50 }));
    expect(await asked).toBe("deadline_exceeded");
  });

  it("is told of once for each instance and generation, however often it is asked for", async () => {
    const { k, life } = start({ a: deputy("a") }, { secrets: store({ "bank.token": TOKEN }) });
    await k.load({ path: "a", grants: ["secret:**"] });
    for (let i = 0; i < 20; i++) await k.call("a.do", get("bank.token"));
    expect(life.filter(({ event }) => event === "secret")).toHaveLength(1);
  });

  it("that the host reads itself is taken out of reports as well", async () => {
    const { k, logs } = start({ a: { hello: { methods: ["a.log"] }, request: (_call, guest) => { guest.raw({ t: "log", lv: "info", msg: TOKEN.value }); return null; } } }, { secrets: store({ "bank.token": TOKEN }) });
    expect(await k.call("secret.get", { name: "bank.token" })).toEqual(TOKEN);
    await k.load({ path: "a" });
    await k.call("a.log");
    expect(logs.map(({ message }) => message)).toEqual(["[redacted]"]);
  });

  it("whose grant is revoked while it is read is not given", async () => {
    let give!: (secret: Secret) => void;
    const { k } = start({ a: deputy("a") }, { secrets: { get: () => new Promise((resolve) => (give = resolve)) } });
    await k.load({ path: "a", grants: ["secret:x"] });
    const asked = outcome(k.call("a.do", get("x")));
    await eventually(() => expect(give).toBeDefined());
    k.revoke("a", ["secret:x"]);
    give(TOKEN);
    expect(await asked).toBe("permission_denied");
  });

  it("is read once for many who ask at once", async () => {
    const secrets = store({ "bank.token": TOKEN });
    const { k } = start({ a: deputy("a") }, { secrets });
    await k.load({ path: "a", grants: ["secret:bank.token"] });
    await Promise.all(Array.from({ length: 8 }, () => k.call("a.do", get("bank.token"))));
    for (let i = 0; i < 20; i++) await k.call("a.do", get("bank.token"));
    expect(secrets.reads).toHaveLength(1);
  });

  it.each([["no text", { value: 7, generation: "g" }], ["no generation", { value: "x", generation: "" }], ["too much text", { value: "x".repeat(70_000), generation: "g" }]])("of a provider that gives %s is unavailable", async (_name, secret) => {
    const { k } = start({ a: deputy("a") }, { secrets: { get: async () => secret as Secret } });
    await k.load({ path: "a", grants: ["secret:x"] });
    expect(await outcome(k.call("a.do", get("x")))).toBe("unavailable");
  });
});

describe("a secret whose grant is taken away", () => {
  it("is neither given nor accepted nor told of any more", async () => {
    const heard: unknown[] = [];
    const secrets = store({ "bank.token": TOKEN, "fx.key": { value: "another secret", generation: "f1" } });
    const { k } = start({ a: client(heard) }, { secrets });
    k.provide("bank.check", ({ name, generation }: { name: string; generation: string }, { checkSecret }) => {
      checkSecret(name, generation);
      return "accepted";
    });
    await k.load({ path: "a", grants: ["secret:bank.token", "secret:fx.key", "call:bank.check"] });
    for (const name of ["bank.token", "fx.key"]) await k.call("a.do", get(name));
    k.revoke("a", ["secret:bank.*"]);
    expect(await outcome(k.call("a.do", get("bank.token")))).toBe("permission_denied");
    expect(await outcome(k.call("a.do", { method: "bank.check", params: { name: "bank.token", generation: "g1" } }))).toBe("unauthenticated");
    expect(await outcome(k.call("a.do", { method: "bank.check", params: { name: "fx.key", generation: "f1" } }))).toBe("accepted");
    secrets.set("bank.token", NEXT);
    secrets.set("fx.key", { value: "one more secret", generation: "f2" });
    await eventually(() => expect(heard).toEqual([["secret.rotated", { name: "fx.key", generation: "f2" }]]));
  });
});

describe("rotation", () => {
  it("is told to who got the secret, without its value and without a restart", async () => {
    const heard: unknown[] = [];
    const secrets = store({ "bank.token": TOKEN });
    const { k, adapter, life } = start({ a: client(heard), b: { ...client([]), hello: { methods: ["b.do"], events: ["secret.rotated"] } } }, { secrets });
    await k.load({ path: "a", grants: ["secret:bank.token"] });
    await k.load({ path: "b", grants: ["secret:bank.token"] });
    await k.call("a.do", get("bank.token"));
    secrets.set("bank.token", NEXT);
    await eventually(() => expect(heard).toEqual([["secret.rotated", { name: "bank.token", generation: "g2" }]]));
    expect(await k.call("a.do", get("bank.token"))).toEqual(NEXT);
    expect(adapter.opened).toHaveLength(2);
    expect(life.filter(({ event }) => event === "secret")).toMatchObject([
      { plugin: "a", reason: "read", detail: { name: "bank.token", generation: "g1" } }, { plugin: "a", reason: "rotated", detail: { generation: "g2" } }, { plugin: "a", reason: "read", detail: { generation: "g2" } },
    ]);
    expect(JSON.stringify(life)).not.toContain("canary");
  });

  it("refuses the old generation after the grace, and restarts who still uses it (C12)", async () => {
    const secrets = store({ "bank.token": TOKEN });
    const { k, adapter, life } = start({ a: client([]) }, { secrets, secretGraceMs: 500 });
    k.provide("bank.pay", ({ generation }: { generation: string }, { checkSecret }) => {
      checkSecret("bank.token", generation);
      return "paid";
    });
    await k.load({ path: "a", grants: ["secret:bank.token", "call:bank.pay"] });
    const pay = (generation: string): Promise<unknown> => outcome(k.call("a.do", { method: "bank.pay", params: { generation } }));
    expect(await pay("g1")).toBe("unauthenticated");
    await k.call("a.do", get("bank.token"));
    expect([await pay("g1"), await pay("g0")]).toEqual(["paid", "unauthenticated"]);
    secrets.set("bank.token", NEXT);
    expect(await pay("g1")).toBe("paid");
    expect(await pay("g2")).toBe("unauthenticated");
    await eventually(() => expect(life).toContainEqual(expect.objectContaining({ event: "secret", reason: "stale", detail: { name: "bank.token", generation: "g1" } })));
    await eventually(() => expect(adapter.opened).toHaveLength(2));
    await eventually(() => expect(k.list()[0]?.state).toBe("ready"));
    expect(await pay("g1")).toBe("unauthenticated");
    await k.call("a.do", get("bank.token"));
    expect([await pay("g1"), await pay("g2")]).toEqual(["unauthenticated", "paid"]);
  });

  it("does not restart who fetched the new one within the grace", async () => {
    const secrets = store({ "bank.token": TOKEN });
    const { k, adapter } = start({ a: client([]) }, { secrets, secretGraceMs: 500 });
    await k.load({ path: "a", grants: ["secret:bank.token"] });
    await k.call("a.do", get("bank.token"));
    secrets.set("bank.token", NEXT);
    await eventually(() => expect(secrets.reads.length).toBe(2));
    expect(await k.call("a.do", get("bank.token"))).toEqual(NEXT);
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(adapter.opened).toHaveLength(1);
  });

  it("in quick succession ends with the last, and each grace is kept", async () => {
    const secrets = store({ t: { value: "value-number-0", generation: "0" } });
    const heard: unknown[] = [];
    const { k, adapter } = start({ a: client(heard) }, { secrets, secretGraceMs: 1500 });
    await k.load({ path: "a", grants: ["secret:t"] });
    await k.call("a.do", get("t"));
    for (let i = 1; i <= 30; i++) {
      secrets.set("t", { value: `value-number-${i}`, generation: String(i) });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await eventually(() => expect(heard.at(-1)).toEqual(["secret.rotated", { name: "t", generation: "30" }]));
    await eventually(() => expect(adapter.opened).toHaveLength(2));
    await eventually(() => expect(k.list()[0]?.state).toBe("ready"));
    expect(await k.call("a.do", get("t"))).toEqual({ value: "value-number-30", generation: "30" });
  });

  it("is not watched for a plugin that is gone", async () => {
    const secrets = store({ "bank.token": TOKEN });
    const { k } = start({ a: client([]) }, { secrets });
    await k.load({ path: "a", grants: ["secret:bank.token"] });
    await k.call("a.do", get("bank.token"));
    expect([...secrets.watched]).toEqual(["bank.token"]);
    await k.unload("a");
    expect([...secrets.watched]).toEqual([]);
  });
});
