export { createChildren, type Children } from "./children.js";
export { childEnvironment, PLUGIN_VARIABLES } from "./environment.js";
export type { ChildOptions } from "./options.js";
export { spawnChild } from "./spawn-child.js";
export { parseLogLine } from "./stderr.js";
