export { createChildren, type Children } from "./children.js";
export { childEnvironment, PLUGIN_VARIABLES } from "./environment.js";
export type { ChildOptions, Command, Talk } from "./options.js";
export type { Output } from "./run/output.js";
export type { Run, RunEnd, RunOptions } from "./run/run.js";
export { createRuns, type Runs } from "./run/runs.js";
export { spawnChild, startChild, type Started } from "./spawn-child.js";
export { assertStartable } from "./start.js";
export { parseLogLine } from "./stderr.js";
