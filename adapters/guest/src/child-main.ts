import process from "node:process";
import { recordCodec } from "@sallyport/bus";
import { keepQuiet, readPrelude } from "@sallyport/cell/inside";
import { EXIT_FAULT, requireHost, takeStdout } from "@sallyport/plugin/stdio";
import type { Prelude, PreludeHead } from "./launch/child.js";
import { startInstance } from "./runtime/instance.js";
import { denyModules } from "./runtime/modules.js";
import { createRealm } from "./runtime/realm.js";

// A hardened guest as a process: a prelude with the plugin's code on stdin, then frames on stdin and stdout.
/** A prelude that is not here by then belongs to a later plugin. */
const REHEARSE_AFTER_MS = 10;
const NOTHING: Prelude = { code: "({ methods: { none() {} } })", name: "none", version: "0.0.0", args: [], stack: true, maxTimers: 1 };
const { setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask } = globalThis;
const timers = { setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask };

requireHost("This file");
keepQuiet();
const wire = takeStdout(recordCodec);
const realm = createRealm();
denyModules();
// A process that was started ahead has time to run a plugin of no use, so that the engine knows the path.
const rehearsal = setTimeout(() => {
  startInstance(realm, { ...NOTHING, timers, send: () => true, fault() {} }).end();
}, REHEARSE_AFTER_MS);
readPrelude<PreludeHead>(({ head, body }, rest) => {
  clearTimeout(rehearsal);
  const { runtime } = startInstance(realm, {
    ...head,
    code: new TextDecoder().decode(body),
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
