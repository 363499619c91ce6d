import type { Case } from "../case.js";
import { family } from "./make.js";

/** What only some modes know, and no module or program of ours has. */
export const OWN_CASES: readonly Case[] = family({ group: "floods", plugin: "", kind: "port", modes: [], expect: "instance dies" }, [
  ["G142", "output without an end, where one answer is due", undefined, { quick: true }],
  ["G143", "2 MB of trailers", undefined],
  ["G144", "an answer of 32 MB", undefined],
]);
