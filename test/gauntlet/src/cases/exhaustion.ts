import type { Case } from "../case.js";
import { ANYWHERE, family, PROGRAMS } from "./make.js";

const FATAL = { "*": "instance dies", worker: "host dies", inline: "host dies" } as const;
const small = { memoryMb: 64 };

/** More than its share: memory, time, processes, files. */
export const EXHAUSTION_CASES: readonly Case[] = [
  ...family({ group: "exhaustion", plugin: "module/heap.js", kind: "module", modes: ANYWHERE, expect: FATAL, limits: small, timeoutMs: 8000 }, [
    ["R01a", "a Map that grows for ever", "map", { quick: true }],
    ["R01b", "a Set that grows for ever", "set"],
    ["R01c", "an object with ever more keys", "object"],
    ["R01d", "a sparse array", "sparse"],
    ["R01e", "split of huge strings", "split"],
    ["R01f", "ropes made flat", "rope"],
    ["R01g", "normalize of huge strings", "normalize"],
    ["R01h", "huge arrays, filled", "fill"],
    ["G06", "memory held by closures", "closures"],
  ]),
  ...family({ group: "exhaustion", plugin: "module/buffers.js", kind: "module", modes: ANYWHERE, expect: { "*": "instance dies", worker: "gets through", inline: "gets through", stdio: "gets through" }, limits: small, timeoutMs: 6000 }, [
    ["R02a", "ArrayBuffers of 700 MiB", "arrays", { quick: true }],
    ["R02b", "resizable buffers of 700 MiB", "resizable"],
  ]),
  ...family({ group: "exhaustion", plugin: "module/spin.js", kind: "module", modes: ANYWHERE, expect: { "*": "instance dies", inline: "host dies" } }, [
    ["R03a", "for (;;)", "loop", { quick: true }],
    ["R03b", "a regular expression that backtracks", "regexp"],
    ["R03c", "a comparator that never returns", "sort"],
    ["R03d", "BigInt arithmetic for ever", "bigint"],
    ["R03e", "microtasks for ever", "microtasks", { quick: true }],
    ["R03f", "promise chains for ever", "promises"],
    ["R03g", "an async loop deaf to its cancel", "turns"],
    ["G07", "an endless generator, spread", "generator"],
    ["G08", "Array.from that never returns", "iterator"],
    ["G09", "garbage as fast as it can be made", "garbage"],
    ["G10", "an endless prototype chain of proxies", "proxy"],
    ["G11", "a getter that spins while the answer is encoded", "getter"],
    ["G12", "a then that spins", "then"],
    ["G13", "Atomics.wait without an end", "wait"],
    ["G14", "reading the clock for ever", "date"],
  ]),
  ...family({ group: "exhaustion", plugin: "program/grab.py", kind: "program", tool: "python3", modes: PROGRAMS, expect: { "*": "instance dies", stdio: "gets through" }, timeoutMs: 5000, limits: { memoryMb: 64, processes: 32, descriptors: 64, fileMb: 16, diskMb: 16, cpuSeconds: 1 } }, [
    ["R02c", "700 MiB of native memory", "memory", { quick: true }],
    ["R09a", "300 children", "children", { quick: true }],
    ["R09b", "a fork bomb of 256", "bomb"],
    ["R09c", "300 threads", "threads"],
    ["R10a", "1000 open files", "descriptors"],
    ["R10b", "1000 pipes", "pipes"],
    ["R10c", "a file of 64 MiB", "file"],
    ["R10d", "64 files of 1 MiB", "files"],
    ["R11a", "3 s of CPU, 1 s allowed", "cpu"],
    ["R11b", "6 s of CPU by children, 1 s allowed", "cpu_by_children"],
  ]),
  ...family({ group: "exhaustion", plugin: "module/spin.js", kind: "module", modes: ["process", "stdio", "worker"], expect: "instance dies", timeoutMs: 6000 }, [
    ["R11c", "a second of CPU under a long deadline", "garbage", { limits: { cpuSeconds: 1 } }],
  ]),
];
