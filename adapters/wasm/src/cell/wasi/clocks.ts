import { performance } from "node:perf_hooks";
import type { WasiHead } from "../head.js";
import { ERRNO, WasiError } from "./errno.js";

const REALTIME = 0;
const MONOTONIC = 1;

const NS_PER_MS = 1_000_000n;
const NS_PER_S = 1_000_000_000n;

/** The time as far as the program is given it, nanoseconds. */
export interface Clocks {
  now(id: number): bigint;
  resolution(id: number): bigint;
}

export function createClocks({ monotonic, realtime }: Pick<WasiHead, "monotonic" | "realtime">): Clocks {
  const begun = performance.now();
  const steps: Readonly<Record<number, bigint>> = {
    [REALTIME]: realtime === "exact" ? NS_PER_MS : realtime === "coarse" ? NS_PER_S : monotonic === "exact" ? 1000n : NS_PER_MS,
    [MONOTONIC]: monotonic === "exact" ? 1000n : NS_PER_MS,
  };
  const resolution = (id: number): bigint => {
    const step = steps[id];
    if (step === undefined) throw new WasiError(ERRNO.inval);
    return step;
  };
  return {
    resolution,
    now(id) {
      const step = resolution(id);
      const ns = id === REALTIME && realtime !== "none" ? BigInt(Date.now()) * NS_PER_MS : BigInt(Math.round((performance.now() - begun) * 1e6));
      return ns - (ns % step);
    },
  };
}
