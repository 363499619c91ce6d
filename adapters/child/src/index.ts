export { createChildren, type Children } from "./children.js";
export { childEnvironment, PLUGIN_VARIABLES } from "./environment.js";
export type { ChildOptions, Command, Talk } from "./options.js";
export { spawnChild, startChild, type Started } from "./spawn-child.js";
export { createLog, parseLogLine, type OutputLog } from "./stderr.js";
export { startProgram, type Program, type ProgramOptions } from "./program.js";
