import { workerData, type MessagePort } from "node:worker_threads";

const port = workerData as MessagePort;
port.on("message", ({ item, items }: { readonly item: unknown; readonly items: number }) => {
  for (let sent = 0; sent < items; sent++) port.postMessage(item);
});
