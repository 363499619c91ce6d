export { createBridge, type Bridge, type BridgeOptions } from "./bridge.js";
export { createQueue, type Queue } from "./queue.js";
