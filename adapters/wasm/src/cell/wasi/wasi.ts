import { randomFillSync } from "node:crypto";
import type { LinearMemory } from "../engine.js";
import type { WasiHead } from "../head.js";
import { memoryOf } from "../memory.js";
import type { Calls, OtherCalls } from "./calls.js";
import { createClocks } from "./clocks.js";
import { descriptorCalls } from "./descriptor-calls.js";
import { ERRNO, errnoOf, WasiError } from "./errno.js";
import { rootOf } from "./files.js";
import { guestMemory } from "./guest-memory.js";
import { REFUSED } from "./offered.js";
import { pathCalls } from "./path-calls.js";
import { poll } from "./poll.js";
import { createStdin } from "./stdin.js";
import { createTable, type Open } from "./table.js";

/** WASI preview 1 for one program. */
export interface Wasi {
  readonly imports: Record<string, (...args: never[]) => unknown>;
  /** Where the program's memory is, before it is run. */
  attach(memory: () => LinearMemory): void;
}

export function createWasi(head: WasiHead): Wasi {
  let attached: (() => LinearMemory) | undefined;
  const memory = guestMemory(
    memoryOf(() => {
      if (attached === undefined) throw new WasiError(ERRNO.fault);
      return attached();
    }),
  );
  const wire = head.runs === "command";
  const stdin = createStdin();
  const clocks = createClocks(head);
  const table = createTable([
    { kind: wire ? "stdin" : "closed", nonblocking: head.stdin === "nonblocking" },
    // A reactor's stdout is not its own: the frames leave there.
    { kind: wire ? "stdout" : "stderr", nonblocking: false },
    { kind: "stderr", nonblocking: false },
    ...head.preopens.map((preopen): Open => ({ kind: "folder", folder: rootOf(preopen), guest: preopen.guest })),
  ]);
  const args = memory.strings(head.args);
  // The protocol's own two tell a program that a host has started it.
  const env = memory.strings([...head.env, ...["SALLYPORT_PLUGIN", "SALLYPORT_MAJORS"].map((name) => `${name}=${process.env[name] ?? ""}`)]);

  const others: OtherCalls = {
    args_get: args.write,
    args_sizes_get: args.sizes,
    environ_get: env.write,
    environ_sizes_get: env.sizes,
    clock_res_get: (id: number, at: number) => memory.u64(at, clocks.resolution(id)),
    clock_time_get: (id: number, _precision: bigint, at: number) => memory.u64(at, clocks.now(id)),
    poll_oneoff: (from: number, to: number, count: number, at: number) => memory.u32(at, poll(memory, from, to, count, { table, clocks, stdin })),
    proc_exit(code: number): never {
      // Not by an exception, which the program could catch.
      return process.exit(code >>> 0 > 255 ? 255 : code);
    },
    random_get: (at: number, length: number) => void randomFillSync(memory.part(at, length)),
    sched_yield() {},
  };
  const served: Calls = { ...others, ...descriptorCalls({ memory, table, stdin }), ...pathCalls({ memory, table }) };
  const imports: Wasi["imports"] = {};
  for (const [name, run] of Object.entries(served) as [string, (...args: unknown[]) => unknown][]) {
    imports[name] = (...given: unknown[]): number => {
      try {
        run(...given);
        return ERRNO.success;
      } catch (error) {
        return errnoOf(error);
      }
    };
  }
  for (const name of Object.keys(REFUSED)) imports[name] = () => ERRNO.nosys;
  return {
    imports,
    attach(at) {
      attached = at;
    },
  };
}
