export { clock } from "./clock.js";
export { consoleOf } from "./console.js";
export type { Endowment } from "./endowment.js";
export { stubs } from "./stubs.js";
export { text } from "./text.js";
export { timers, type HostTimers } from "./timers.js";
