import type { Case } from "../case.js";
import { ENCODED, family } from "./make.js";

/** Answers and errors made to hurt their reader. */
export const VALUE_CASES: readonly Case[] = [
  ...family({ group: "answers", plugin: "module/answer.js", kind: "module", modes: ENCODED, expect: "call fails", grants: ["call:ledger.read"] }, [
    ["W08c", "__proto__ and constructor.prototype", "proto", { quick: true }], ["W08d", "__proto__, nested", "proto-deep"],
    ["G63", "a thenable that never settles", "thenable"], ["G64", "a thenable inside", "thenable-inside"],
    ["W03f", "a cycle", "cyclic", { quick: true }], ["W03g", "100,000 nested arrays", "deep-arrays", { quick: true }], ["W03h", "100,000 nested maps", "deep-maps"], ["W03i", "65 nested arrays", "deep-65"],
    ["G65", "an array of length 2^32 - 1", "length-4e9", { expect: { "*": "call fails", worker: "instance dies", process: "instance dies" } }], ["G66", "an array that lies about its length", "length-lie", { expect: { "*": "instance dies", inline: "host dies" } }], ["G67", "an array-like", "array-like"],
    ["G68", "a proxy with a million keys", "proxy-keys"], ["G69", "a proxy without keys", "proxy-throws"], ["G70", "a proxy that changes", "proxy-flips"],
    ["C07a", "a getter that changes between looks", "getter-flips"], ["G71", "a getter that throws", "getter-throws"], ["G72", "a getter that calls the host while it is encoded", "getter-calls"],
    ["G73", "symbols", "symbols"], ["G74", "functions", "functions"], ["G75", "an integer of 4000 bits", "bigint"], ["W11d", "NaN and infinity", "numbers"], ["G76", "dates that are none", "dates"], ["G77", "a Date with methods of its own", "date-subclass"],
    ["G78", "toJSON", "to-json"], ["G79", "class instances", "classes"], ["W07e", "Map, Set, RegExp, Error", "collections"], ["G80", "undefined and holes", "undefined"], ["W12e", "half surrogate pairs", "surrogates"],
    ["G81", "a text of 64 MiB", "huge-text"], ["G82", "bytes of 64 MiB", "huge-bytes"], ["W04e", "300,000 keys", "wide"], ["W04f", "a million empty maps", "many"], ["W04g", "2^24 values by references", "aliases", { quick: true }],
    ["G83", "bytes that lie about their length", "bytes-subclass"], ["G84", "a buffer that shrinks while it is encoded", "shrinking"], ["G85", "shared memory", "shared"], ["W12f", "control and bidirectional characters", "control"],
    ["M06", "no answer at all", "nothing", { expect: { "*": "call fails" } }],
  ]),
  ...family({ group: "errors", plugin: "module/throw.js", kind: "module", modes: ENCODED, expect: "call fails" }, [
    ["G86", "an error of 40 MB", "huge", { quick: true }], ["G87", "half a million data items", "huge-data"], ["G88", "getters that throw", "getters", { quick: true }], ["G89", "a proxy whose traps throw", "proxy"],
    ["G90", "causes without an end", "endless-causes"], ["G91", "cyclic causes", "cyclic"], ["G92", "100,000 causes", "deep"],
    ["G93", "null", "null"], ["G94", "undefined", "undefined"], ["G95", "a symbol", "symbol"], ["G96", "a function", "function"], ["G97", "a message whose toString throws", "to-string"],
    ["G98", "a forged crash report", "host-code"], ["G99", "another plugin's code", "other-plugin"], ["G100", "retry after 10^308 ms", "retry-after"], ["G101", "a code that changes between looks", "code-flips"],
    ["G102", "an AggregateError of 10,000", "aggregate"], ["G103", "escapes, line breaks and a path", "non-ascii"],
  ]),
];
