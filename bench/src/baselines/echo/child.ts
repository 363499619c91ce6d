import process from "node:process";

// Ends when the parent disconnects: the channel is all that keeps it alive.
process.on("message", (value: unknown) => void process.send?.(value));
