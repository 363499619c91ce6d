import { sharesOf } from "@sallyport/bench";
import { expect, test } from "vitest";

const node = (id: number, functionName: string, url = ""): { id: number; callFrame: { functionName: string; url: string } } => ({ id, callFrame: { functionName, url } });

test("time is put down to the part that a file belongs to, from the second half of a profile", () => {
  const nodes = [
    node(1, "(garbage collector)"), node(2, "(idle)"), node(3, "postMessage"), node(4, "encode", "file:///x/bus/dist/codec/record/frame-out.js"),
    node(5, "begin", "file:///x/bus/dist/peer/create.js"), node(6, "call", "file:///x/kernel/dist/kernel.js"), node(7, "put", "file:///x/adapters/ring/dist/outbox.js"),
    node(8, "send", "file:///x/adapters/worker/dist/boundary.js"), node(9, "listOnTimeout", "node:internal/timers"),
  ];
  const start = Array.from({ length: 9 }, () => 6);
  const shares = sharesOf({ nodes, samples: [...start, 1, 2, 3, 4, 5, 6, 7, 8, 9], timeDeltas: [...start.map(() => 1000), 10, 10, 10, 20, 10, 10, 10, 10, 10] });
  expect(Object.fromEntries(shares)).toEqual({
    "codec": 20, "garbage collection": 10, "waiting": 10, "doorbells (postMessage)": 10, "peer: numbers, deadlines, credit": 10,
    "kernel: routing, admission, records": 10, "ring": 10, "adapter": 10, "engine and Node": 10,
  });
});
