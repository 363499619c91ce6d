export { process, type ProcessOptions } from "./process.js";
