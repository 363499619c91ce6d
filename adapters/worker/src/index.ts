export { worker, type WorkerOptions } from "./worker.js";
