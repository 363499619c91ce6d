import type { Case } from "../case.js";
import { ANYWHERE, family, PROGRAMS } from "./make.js";

const grants = ["publish:flood.*", "call:ledger.read"];

/** Starting, staying and leaving. */
export const LIFE_CASES: readonly Case[] = [
  ...family({ group: "life", plugin: "module/life.js", kind: "module", modes: ANYWHERE, expect: "instance dies", grants }, [
    ["M03a", "rejections that nobody waits for", "rejections", { quick: true, expect: { "*": "instance dies", inline: "host dies" } }],
    ["M03b", "a throw in a timer", "timer-throws", { quick: true, expect: { "*": "instance dies", inline: "host dies" } }],
    ["G115", "a throw in a microtask", "microtask-throws", { expect: { "*": "instance dies", inline: "host dies" } }],
    ["G116", "a start without an end", "never-starts", { drive: "load" }],
    ["G117", "a start that spins", "start-spins", { drive: "load", expect: { "*": "instance dies", inline: "host dies" } }],
    ["G118", "a start that throws null", "start-throws", { drive: "load" }],
    ["M05a", "a stop without an end", "stop-hangs", { drive: "unload", quick: true }],
    ["M05b", "a stop that spins", "stop-spins", { drive: "unload", expect: { "*": "instance dies", inline: "host dies" } }],
    ["M05c", "a stop that floods", "stop-floods", { drive: "unload" }],
    ["S18", "timers, events and calls after its end", "late", { drive: "unload" }],
    ["G119", "memory kept from call to call", "leak", { drive: "repeat", limits: { memoryMb: 64 }, expect: { "*": "instance dies", worker: "host dies", inline: "call fails", stdio: "instance dies" } }],
    ["M06b", "answers pings, and no call", "liar", { quick: true }],
    ["G120", "100,000 timers", "timers"],
    ["G121", "odd timers", "odd-timers"],
    ["G122", "finalizers that throw", "finalizers", { expect: { "*": "instance dies", inline: "host dies" } }],
    ["G123", "a stream that ignores that its reader left", "ignores-return", { drive: "stream" }],
    ["G124", "a stream without an item", "never-yields", { drive: "stream" }],
    ["G125", "the end of the stack", "stack-overflow"],
    ["G126", "the end of the stack, in the middle of a frame", "overflow-in-frames", { expect: { "*": "instance dies", inline: "host dies" } }],
    ["G127", "an answer after its deadline, within the grace", "goodbye"],
  ]),
  ...family({ group: "life", plugin: "program/leave.py", kind: "program", tool: "python3", modes: PROGRAMS, expect: "instance dies" }, [
    ["N11a", "a child that ignores every signal", "child", { drive: "unload" }],
    ["N11b", "a child in a session of its own", "session", { drive: "unload", quick: true, expect: { "*": "instance dies", stdio: "gets through" } }],
    ["N11c", "a double fork", "twice", { drive: "unload", expect: { "*": "instance dies", stdio: "gets through" } }],
    ["N12", "the host is killed while such children run", "host-dies", { drive: "host-killed", quick: true, expect: { "*": "instance dies", stdio: "gets through" } }],
    ["G128", "40 zombies", "zombies", { drive: "unload" }],
    ["G129", "stops itself", "stopped"],
    ["G130", "stops its group", "stop-itself-by-group"],
    ["N22b", "a native crash", "segfault", { quick: true }],
    ["N22c", "exit 0 in the middle of a call", "exit-zero"],
    ["N22d", "exit 139", "exit-139"],
    ["N22e", "killed by the system", "killed"],
    ["M01a", "an end in the middle of a frame", "mid-frame"],
    ["N10", "ignores the polite signal", "deaf", { timeoutMs: 600 }],
    ["G131", "takes the name of the host", "title"],
    ["N20", "makes its pipes non-blocking", "nonblocking"],
  ]),
  ...family({ group: "life", plugin: "program/pipes.sh", kind: "program", modes: PROGRAMS, expect: "instance dies" }, [
    ["N01a", "closes its input and lives on", "closes-stdin", { quick: true }], ["N01b", "closes its output and lives on", "closes-stdout"], ["G132", "closes its stderr", "closes-stderr"], ["N04c", "a forgotten print", "stray-print"], ["G133", "escape sequences on stderr", "stderr-escapes"],
  ]),
  ...family({ group: "life", plugin: "program/handshake.sh", kind: "program", modes: PROGRAMS, expect: "instance dies", drive: "churn" }, [
    ["N23", "exits at once, again and again", "exits", { quick: true }],
  ]),
];
