import type { Case } from "../case.js";
import { family, PROGRAMS } from "./make.js";

const AMBIENT = { "*": "call fails", stdio: "gets through" } as const;
const SIGNAL = { "*": "call fails", stdio: "host dies" } as const;

/** The machine around it: other processes, files, network. What a hardened guest has no words for. */
export const MACHINE_CASES: readonly Case[] = [
  ...family({ group: "machine", plugin: "program/parent.py", kind: "program", tool: "python3", modes: PROGRAMS, expect: AMBIENT }, [
    ["N15a", "the host's memory by /proc", "memory"], ["N15b", "the host's environment", "environment", { quick: true }], ["N15c", "the host's descriptors", "descriptors"], ["N15d", "the host's memory by process_vm_readv", "remote"],
    ["N15e", "ptrace of the host", "ptrace"], ["N15f", "a descriptor of the host by pidfd_getfd", "pidfd"], ["N15g", "prlimit of the host", "prlimit"], ["M12", "SIGUSR1 to the host: an inspector", "usr1"],
    ["N15h", "SIGSTOP to the host", "stop", { expect: SIGNAL }], ["N15i", "SIGKILL to the host", "kill", { expect: SIGNAL, quick: true }],
  ].map(([id, title, way, differs]) => [id, title, `host ${way as string}`, differs] as never)),
  ...family({ group: "machine", plugin: "program/parent.py", kind: "program", tool: "python3", modes: PROGRAMS, expect: AMBIENT }, [
    ["N16a", "another plugin's memory", "innocent memory"], ["N16b", "another plugin's environment", "innocent environment"], ["N16c", "ptrace of another plugin", "innocent ptrace"], ["N16d", "SIGKILL to another plugin", "innocent kill"],
  ]),
  ...family({ group: "machine", plugin: "program/files.py", kind: "program", tool: "python3", modes: PROGRAMS, expect: AMBIENT }, [
    ["N19a", "a secret file of the user", "read", { quick: true }], ["N19b", "/etc/shadow", "accounts"], ["N19c", "a new file in the user's folder", "write"], ["N19d", "a new file beside its program", "own"], ["N19e", "a secret file through a link", "link"],
    ["N15j", "the list of processes", "proc"], ["N14", "the environment it was given", "environment", { expect: "call fails" }], ["N13", "descriptors it was given", "inherited", { expect: "call fails" }], ["G134", "devices", "devices"],
  ]),
  ...family({ group: "machine", plugin: "program/net.py", kind: "program", tool: "python3", modes: PROGRAMS, expect: AMBIENT }, [
    ["N18a", "TCP to this machine", "tcp", { quick: true }], ["N18b", "an abstract socket", "abstract"], ["N18c", "UDP to this machine", "udp"],
  ]),
];
