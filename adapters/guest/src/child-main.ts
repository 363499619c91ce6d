import process from "node:process";
import { recordCodec } from "@sallyport/bus";
import { EXIT_FAULT, requireHost, takeStdout } from "@sallyport/plugin/stdio";
import type { Prelude } from "./launch/child.js";
import { startInstance } from "./runtime/instance.js";
import { denyModules } from "./runtime/modules.js";
import { createRealm } from "./runtime/realm.js";

// A hardened guest as a process: a prelude with the plugin's code on stdin, then frames on stdin and stdout.
const MAX_PRELUDE_BYTES = 256 << 20;
/** A prelude that is not here by then belongs to a later plugin. */
const REHEARSE_AFTER_MS = 10;
const NOTHING: Prelude = { code: "({ methods: { none() {} } })", name: "none", version: "0.0.0", args: [], stack: true, maxTimers: 1 };
const { setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask } = globalThis;
const timers = { setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask };

requireHost("This file");
// Where --disable-sigusr1 does not exist, SIGUSR1 would open an inspector that any local user can reach.
process.on("SIGUSR1", () => {});
const wire = takeStdout(recordCodec);
const realm = createRealm();
denyModules();
// A process that was started ahead has time to run a plugin of no use, so that the engine knows the path.
const rehearsal = setTimeout(() => {
  startInstance(realm, { ...NOTHING, timers, send: () => true, fault() {} }).end();
}, REHEARSE_AFTER_MS);
readPrelude((prelude, rest) => {
  clearTimeout(rehearsal);
  const { runtime } = startInstance(realm, {
    ...prelude,
    timers,
    send: wire.send,
    fault(error) {
      process.stderr.write(`uncaught error: ${error.msg}${error.stack ?? ""}\n`);
      process.exit(EXIT_FAULT);
    },
  });
  wire.run(runtime);
  if (rest.length > 0) wire.push(rest);
});

function readPrelude(ready: (prelude: Prelude, rest: Uint8Array) => void): void {
  const { stdin } = process;
  const chunks: Buffer[] = [];
  let received = 0;
  let expected = Infinity;
  const leave = (): never => process.exit(0);
  const take = (chunk: Buffer): void => {
    chunks.push(chunk);
    received += chunk.length;
    if (expected === Infinity && received >= 4) {
      expected = 4 + Buffer.concat(chunks).readUInt32BE(0);
      if (expected > MAX_PRELUDE_BYTES) {
        process.stderr.write(`the prelude announces ${expected} bytes; this file is started by the process adapter\n`);
        process.exit(EXIT_FAULT);
      }
    }
    if (received < expected) return;
    stdin.off("data", take);
    stdin.off("end", leave);
    stdin.pause();
    const all = Buffer.concat(chunks);
    const prelude = JSON.parse(all.toString("utf8", 4, expected)) as Prelude;
    ready(prelude, new Uint8Array(all.subarray(expected)));
  };
  stdin.on("data", take);
  // The host went away before it said what to run.
  stdin.on("end", leave);
}
