import { workerData, type MessagePort } from "node:worker_threads";

const port = workerData as MessagePort;
/** Says after every so many messages that they came; the first message says how many. */
let every = Infinity;
let heard = 0;
port.on("message", (message: unknown) => {
  if (typeof message === "number") every = message;
  else if (++heard % every === 0) port.postMessage(heard);
});
