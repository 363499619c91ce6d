export type { ConformanceCase, FramePattern, HostSays, Needs, Step } from "./case.js";
export { CASES } from "./cases/index.js";
export { casesAsJson } from "./export.js";
export type { Wildcard } from "./pattern.js";
export { formatReport } from "./report.js";
export { runConformance, type CaseResult, type ConformanceOptions, type ConformanceReport } from "./run.js";
