import type { Case } from "../case.js";
import { ANYWHERE, ENCODED, family } from "./make.js";

const grants = ["call:ledger.read", "call:ledger.whoami", "call:ledger.twice", "call:ledger.hold", "call:ledger.sink", "call:deputy.pay", "publish:flood.*", "subscribe:news"];

/** Rights that it was not given. */
export const RIGHTS_CASES: readonly Case[] = [
  ...family({ group: "rights", plugin: "module/calls.js", kind: "module", modes: ANYWHERE, expect: "call fails", grants }, [
    ["C01a", "every method that exists and some that do not", "ungranted", { quick: true }],
    ["C02c", "claims to be somebody else", "spoofed", { quick: true }],
    ["C03", "a deputy with the right that it lacks", "deputy", { quick: true }],
    ["C05a", "names that begin like a granted one", "prefixes"],
    ["C07b", "params that change between check and use", "check-then-use", { modes: ENCODED, expect: { "*": "call fails", inline: "gets through" } }],
    ["C08", "its grants are revoked in the middle of a flood", "many-reads", { drive: "revoke", grants: ["call:ledger.read"] }],
    ["C11", "a secret of its own in errors, logs and names", "leak", { grants: ["secret:bank", "call:ledger.read", "publish:flood.*"] }],
    ["C10", "secrets under odd names", "secret-names"],
    ["C05d", "a call and an event without a name", "no-name"],
    ["G104", "odd deadlines for its calls", "deadlines"],
    ["G105", "a call that should outlive its caller", "outlive", { expect: { "*": "call fails", inline: "call fails" } }],
    ["G106", "50,000 calls at once", "many"],
    ["G107", "a call to itself, for ever", "recursion", { grants: ["call:evil.*"] }],
    ["G108", "two calls to itself, for ever", "fan", { grants: ["call:evil.*"] }],
    ["G109", "input without an end for a host that reads none", "input"],
    ["G110", "a cancel signal that misbehaves", "signal"],
    ["G111", "swallows every cancel", "swallow", { expect: { "*": "instance dies" } }],
  ]),
  ...family({ group: "rights", plugin: "", kind: "module", modes: ANYWHERE, expect: "call fails", grants, drive: "load" }, [
    ["G112", "100,000 methods", undefined, { plugin: "module/names-many.js", expect: "instance dies" }],
    ["G113", "methods with deceiving names", undefined, { plugin: "module/names-odd.js", expect: "instance dies" }],
    ["C02d", "a method that another plugin provides", undefined, { plugin: "module/names-taken.js", expect: "instance dies" }],
    ["C05b", "what is no topic pattern", undefined, { plugin: "module/patterns-odd.js", expect: "instance dies" }],
    ["C05c", "every topic, and what begins like its own", undefined, { plugin: "module/patterns-all.js", drive: "call" }],
    ["G114", "10,000 topics", undefined, { plugin: "module/patterns-many.js", expect: "instance dies" }],
  ]),
];
