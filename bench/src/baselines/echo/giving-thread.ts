import { workerData, type MessagePort } from "node:worker_threads";

const port = workerData as MessagePort;
port.on("message", (bytes: Uint8Array<ArrayBuffer>) => port.postMessage(bytes, [bytes.buffer]));
