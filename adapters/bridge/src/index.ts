export { createBridge, type Bridge, type BridgeOptions } from "./bridge.js";
