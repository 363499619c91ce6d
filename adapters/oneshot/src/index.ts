export { oneshot, type OneshotOptions } from "./oneshot.js";
