export { webSocket, type WebSocketOptions } from "./websocket.js";
