export type { Confined, Sandbox, SandboxOptions, Wish, Wrapper } from "./options.js";
export { createSandbox } from "./sandbox.js";
export { seatbeltProfile, type SeatbeltRules } from "./seatbelt.js";
