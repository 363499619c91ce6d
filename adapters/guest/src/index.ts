export { createBundler, prepareModule, type Bundler, type PreparedModule, type PrepareOptions } from "./bundle/prepare.js";
export { guestProgram, preludeFor, type Prelude } from "./launch/child.js";
export { disablePhaseImports } from "./launch/flags.js";
export { threadFile, type PluginTask, type ThreadNote, type ThreadTask } from "./launch/thread.js";
export { createThreadWire, type ThreadWire } from "./launch/thread-wire.js";
