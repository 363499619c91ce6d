import type { Case } from "../case.js";
import { ANYWHERE, family, PROGRAMS } from "./make.js";

const grants = ["publish:flood.*", "subscribe:flood.*", "call:ledger.read", "call:ledger.hold", "call:ledger.sink", "call:ledger.endless"];

/** Too much of what is allowed. */
export const FLOOD_CASES: readonly Case[] = [
  ...family({ group: "floods", plugin: "module/flood.js", kind: "module", modes: ANYWHERE, expect: { "*": "instance dies", inline: "host dies" }, grants }, [
    ["R05a", "log lines", "logs", { quick: true }],
    ["R05b", "log lines of 200 KB", "big-logs"],
    ["R05c", "console lines", "console"],
    ["R05d", "events", "events", { quick: true }],
    ["R05e", "events of 200 KB", "big-events"],
    ["R05f", "calls to the host", "calls", { quick: true }],
    ["R05g", "progress", "progress"],
    ["R05h", "warnings", "warnings"],
    ["R13a", "calls under ever new names, all denied", "denied"],
    ["R13b", "events under ever new names, all denied", "denied-events"],
    ["R13c", "events under ever new names", "topics"],
    ["G15", "calls cancelled as soon as they are made", "cancels"],
    ["G16", "an event storm to itself", "bounce"],
    ["G17", "a stream without an end", "stream", { drive: "stream" }],
  ]),
  ...family({ group: "floods", plugin: "program/talk.mjs", kind: "program", modes: PROGRAMS, expect: "instance dies", grants }, [
    ["R05i", "pings", "ping-flood"],
    ["G18", "pongs", "pong-flood"],
    ["R05j", "log frames, by a program", "log-flood"],
    ["R05k", "frames of 900 KB", "big-frames"],
    ["R05l", "1 GB/s of frames", "frame-flood", { quick: true }],
    ["G19", "cancels of calls it never made", "cancel-flood"],
    ["G20", "credit for ever", "credit-flood"],
    ["R05m", "events beyond its credit", "event-flood", { quick: true }],
    ["R05n", "200,000 calls to the host", "request-flood"],
    ["R05o", "20,000 calls that do not end", "hold-flood"],
    ["G21", "1000 streams opened, with all their credit", "stream-flood"],
    ["G22", "events under 64 denied names", "event-names"],
  ]),
  ...family({ group: "floods", plugin: "program/pipes.sh", kind: "program", modes: PROGRAMS, expect: "instance dies" }, [
    ["N05a", "stderr without an end", "stderr-flood", { quick: true }],
    ["N05b", "one line on stderr without an end", "stderr-line"],
    ["N03", "reads nothing while the host sends", "never-reads", { drive: "feed" }],
  ]),
];
