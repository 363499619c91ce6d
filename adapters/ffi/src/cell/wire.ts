import { constants } from "node:fs";
import process from "node:process";
import type { Koffi } from "../native/koffi.js";

/** Descriptors that carry frames. */
export interface Wire {
  readonly input: number;
  readonly output: number;
}

/** As <fcntl.h> numbers it, with the least descriptor to take. */
const DUPFD_CLOEXEC: Readonly<Partial<Record<NodeJS.Platform, number>>> = { linux: 1030, darwin: 67 };
const LEAST = 3;

/**
 * Moves the pipes away from 0 and 1, which every C library prints to and reads from: what a library prints goes to its log,
 * and what it starts inherits neither. Where that cannot be done they stay.
 */
export function moveWire(koffi: Koffi): Wire {
  const command = DUPFD_CLOEXEC[process.platform];
  if (command === undefined) return { input: 0, output: 1 };
  const libc = koffi.load(null);
  const fcntl = libc.func("fcntl", "int", ["int", "int", "..."]) as (descriptor: number, command: number, type: "int", value: number) => number;
  const dup2 = libc.func("dup2", "int", ["int", "int"]) as (from: number, to: number) => number;
  // Not by Node's own function, which asks Node's permissions.
  const open = libc.func("open", "int", ["str", "int"]) as (path: string, flags: number) => number;
  const move = (from: number, instead: number): number => {
    const moved = fcntl(from, command, "int", LEAST);
    return moved >= LEAST && dup2(instead, from) === from ? moved : from;
  };
  return { output: move(1, 2), input: move(0, open("/dev/null", constants.O_RDONLY)) };
}
