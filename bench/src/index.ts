// What the tests read, and what `bench/peers` shares, so that both benchmarks send the same values and mean the same by a figure.
export type { CellPlan } from "./cells/cell.js";
export { compareSpeed } from "./compare.js";
export { judge } from "./judge.js";
export { describeMachine } from "./machine.js";
export { payloadOf } from "./payloads.js";
export { allCells, chooseCells } from "./plan.js";
export { sharesOf } from "./profile.js";
export { short } from "./report/numbers.js";
export { combine, TOLERANCE_PERCENT, withRatios } from "./run/combine.js";
export { pinning } from "./run/cpu.js";
export type { Outcome } from "./run/outcome.js";
export { SUBJECTS } from "./subjects/all.js";
export { makeReady, type Program } from "./subjects/compile.js";
export { C_BUILDS, GO_WASI, LANGUAGES } from "./subjects/languages.js";
export { TARGETS, type Target } from "./targets.js";
