import type { ConformanceCase } from "../case.js";
import { CALLS } from "./calls.js";
import { EVENTS } from "./events.js";
import { HELLO } from "./hello.js";
import { HOSTCALL } from "./hostcall.js";
import { LIFECYCLE } from "./lifecycle.js";
import { STREAMS } from "./streams.js";
import { VALUES } from "./values.js";

/** The suite. Ids are stable: waivers and other hosts name them. */
export const CASES: readonly ConformanceCase[] = [...HELLO, ...CALLS, ...VALUES, ...STREAMS, ...EVENTS, ...HOSTCALL, ...LIFECYCLE];
