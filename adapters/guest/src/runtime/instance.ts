import { plainController, type ErrorObject, type Frame, type LogLevel } from "@sallyport/bus";
import type { PluginDefinition } from "@sallyport/plugin";
import { runPlugin, type PluginRuntime, type RuntimeEnd } from "@sallyport/plugin/runtime";
import { findImport } from "../bundle/source-check.js";
import { clock, consoleOf, stubs, text, timers, type Endowment, type HostTimers } from "../endowments/index.js";
import type { Prelude } from "../launch/child.js";
import { definitionOf } from "./definition.js";
import type { Realm } from "./realm.js";

/** One plugin in a Compartment of its own. */
export interface Instance {
  readonly runtime: PluginRuntime;
  readonly done: Promise<RuntimeEnd>;
  /** Revokes every endowment and clears every timer: what the guest does from now on goes nowhere. */
  end(): void;
}

export interface InstanceOptions extends Prelude {
  send(frame: Frame): boolean;
  /** An error that no call waits for: a timer's callback threw. */
  fault(error: ErrorObject): void;
  readonly timers: HostTimers;
}

/**
 * Evaluates the plugin and connects it. A module that fails while it is evaluated is a plugin whose `start`
 * fails: the host hears the reason in the answer to `$init`, with the author's position, in every mode alike.
 */
export function startInstance(realm: Realm, options: InstanceOptions): Instance {
  const log: { write: (level: LogLevel, message: string) => void } = { write: (level, message) => early.push([level, message]) };
  const early: [LogLevel, string][] = [];
  let ended = false;
  const endowments: readonly Endowment[] = [
    stubs(), text(), clock(),
    consoleOf((level, message) => log.write(level, message)),
    timers(options.timers, options.maxTimers, (thrown) => {
      if (!ended) options.fault(realm.explain(thrown));
    }),
  ];

  const runtime = runPlugin(evaluate(realm, options.code, endowments), {
    name: options.name,
    version: options.version,
    args: options.args,
    send: (frame) => (ended ? true : options.send(frame)),
    controller: plainController,
    stack: options.stack ? "always" : false,
    explain: (thrown) => realm.explain(thrown),
  });
  log.write = runtime.log;
  for (const [level, message] of early) runtime.log(level, message);

  return {
    runtime,
    done: runtime.done,
    end() {
      ended = true;
      for (const endowment of endowments) endowment.end();
    },
  };
}

function evaluate(realm: Realm, code: string, endowments: readonly Endowment[]): PluginDefinition<never> {
  try {
    const found = findImport(code);
    if (found !== undefined) throw new SyntaxError(`'${found.text}' is not available in a hardened plugin`);
    const compartment = new Compartment();
    for (const endowment of endowments) {
      for (const [name, value] of Object.entries(endowment.globals)) {
        Object.defineProperty(compartment.globalThis, name, { value: harden(value), writable: true, enumerable: false, configurable: true });
      }
    }
    return definitionOf(compartment.evaluate(code));
  } catch (thrown) {
    const failed = realm.explain(thrown, "the plugin's module failed while it was loaded: ");
    return {
      start() {
        throw failed;
      },
    };
  }
}
