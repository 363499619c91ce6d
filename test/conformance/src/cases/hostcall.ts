import type { ConformanceCase } from "../case.js";
import { absent as nothing, any, integer, oneOf } from "../pattern.js";
import { call, cancel, expect, failure, result, send, terminal } from "./words.js";

const needs = { features: ["hostcall"], methods: ["demo.relay"] } as const;
/** A plugin's own ids are even. */
const relayed = (m: string, more: Readonly<Record<string, unknown>> = {}): ReturnType<typeof expect> => expect({ t: "req", id: `from ${m}`, m, par: "a", ...more });

export const HOSTCALL: readonly ConformanceCase[] = [
  {
    id: "hostcall.result",
    title: "a plugin calls the host while it serves a call, and names that call",
    needs,
    steps: [
      call("a", "demo.relay", { method: "ledger.balance", params: { account: "x", at: [1, 2] } }),
      relayed("ledger.balance", { p: { account: "x", at: [1, 2] } }),
      send({ t: "res", id: "from ledger.balance", r: { balance: "12.50" } }),
      result("a", { balance: "12.50" }),
    ],
  },
  {
    id: "hostcall.error",
    title: "the host's error comes back with its code and text",
    needs,
    steps: [
      call("a", "demo.relay", { method: "ledger.account", params: null }),
      relayed("ledger.account"),
      send({ t: "err", id: "from ledger.account", e: { code: "permission_denied", msg: "no grant 'call:ledger.account'" } }),
      failure("a", "permission_denied", { msg: "no grant 'call:ledger.account'" }),
    ],
  },
  {
    id: "hostcall.own-ids",
    title: "ids of a plugin's own requests are even and never used twice",
    needs,
    steps: [1, 2, 3].flatMap((n) => [
      call(`relay ${n}`, "demo.relay", { method: "host.next", params: n }),
      expect({ t: "req", id: `own ${n}`, m: "host.next", p: n }),
      send({ t: "res", id: `own ${n}`, r: n }),
      result(`relay ${n}`, n),
    ]),
  },
  {
    id: "hostcall.deadline",
    title: "the time left does not grow on the way back to the host",
    needs,
    steps: [
      call("a", "demo.relay", { method: "host.slow", params: null }, { dl: 20_000 }),
      relayed("host.slow", { dl: oneOf(nothing, integer(0, 20_000)) }),
      send({ t: "res", id: "from host.slow", r: 1 }),
      result("a", 1),
    ],
  },
  {
    id: "hostcall.cancel",
    title: "a call that waits for the host can be cancelled",
    needs: { features: ["hostcall", "cancel"], methods: ["demo.relay"] },
    steps: [
      call("a", "demo.relay", { method: "host.never", params: null }),
      relayed("host.never"),
      cancel("a"),
      expect({ t: "cancel", id: "from host.never", why: any }),
      send({ t: "err", id: "from host.never", e: { code: "cancelled", msg: "cancelled by the parent" } }),
      terminal("a", "cancelled"),
    ],
  },
];
