import process from "node:process";
import { recordCodec, type LogLevel } from "@sallyport/bus";
import { keepQuiet, readPrelude } from "@sallyport/cell/inside";
import type { PluginDefinition } from "@sallyport/plugin";
import { runPlugin, type PluginRuntime } from "@sallyport/plugin/runtime";
import { EXIT_FAULT, requireHost, takeStdout } from "@sallyport/plugin/stdio";
import type { Head } from "./head.js";
import { SCRIPT_TOPIC } from "./head.js";
import { compileLua, MachineFault } from "./inside/machine.js";
import { createLivePlugin, type LivePlugin } from "./inside/plugin.js";
import type { Sources } from "./inside/script.js";

// A cell that runs Lua: a prelude with the plugin's files, then frames. The adapter's own word is an event that no host sends.
requireHost("This file");
keepQuiet();
const wire = takeStdout(recordCodec);
// While it waits for its plugin.
const compiled = compileLua();

readPrelude<Head>(({ head, body }, rest) => {
  void compiled.then((lua) => {
    const { name, version, args, stack, main, instructions, memoryBytes, bounds } = head;
    const early: [LogLevel, string][] = [];
    const live: { log: (level: LogLevel, message: string) => void; plugin: LivePlugin | undefined } = { log: (...entry) => void early.push(entry), plugin: undefined };
    const definition = ((): PluginDefinition<never> => {
      try {
        live.plugin = createLivePlugin({ lua, main, instructions, memoryBytes, bounds, stack, log: (level, message) => live.log(level, message) }, JSON.parse(new TextDecoder().decode(body)) as Sources);
        return live.plugin.definition as PluginDefinition<never>;
      } catch (thrown) {
        return {
          start() {
            throw thrown;
          },
        };
      }
    })();
    const runtime = runPlugin(definition, { name, version, args, stack, send: wire.send, explain: unlessBroken });
    live.log = runtime.log;
    for (const entry of early) runtime.log(...entry);
    wire.run(listening(runtime, (sources) => live.plugin?.replace(sources)));
    if (rest.length > 0) wire.push(rest);
  });
});

/** Takes the adapter's own word out before the protocol sees it. */
function listening(runtime: PluginRuntime, replace: (sources: Sources) => void): PluginRuntime {
  return {
    ...runtime,
    receive(frame) {
      if (frame.t === "ev" && frame.m === SCRIPT_TOPIC) replace(frame.p as Sources);
      else runtime.receive(frame);
    },
  };
}

/** Nobody can go on with a broken machine: every call ends with the process. */
function unlessBroken(thrown: unknown): unknown {
  if (!(thrown instanceof MachineFault)) return thrown;
  process.stderr.write(`the Lua machine broke: ${thrown.message}\n`);
  process.exit(EXIT_FAULT);
}
