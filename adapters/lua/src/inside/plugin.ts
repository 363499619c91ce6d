import { SallyportError, type LogLevel } from "@sallyport/bus";
import type { Context, Method, PluginDefinition } from "@sallyport/plugin";
import { loadScript, type Script, type ScriptOptions, type Sources } from "./script.js";

/** A plugin whose script can be exchanged while it runs. */
export interface LivePlugin {
  readonly definition: PluginDefinition;
  /**
   * From now on calls run the new script; those under way finish on the old one. One that does not load or start leaves the old
   * one in place and says why in the log.
   */
  replace(sources: Sources): void;
}

export interface LivePluginOptions extends Omit<ScriptOptions, "sources" | "log"> {
  log(level: LogLevel, message: string): void;
}

export function createLivePlugin(options: LivePluginOptions, sources: Sources): LivePlugin {
  const load = (from: Sources): Script => loadScript({ ...options, sources: from, log: (message) => options.log("info", message) });
  let script = load(sources);
  /** The context of `start`, which the next script starts with as well. */
  let started: Context | undefined;
  /** Settles with the script that calls are for; a new one that is still starting holds them. */
  let changing: Promise<void> | undefined;
  // Of the first script alone what it said: its machine is let go with it.
  const { methods: offered, events: heard } = script;

  function route(key: string, what: string, params: unknown, context: Context, streaming: boolean): unknown {
    if (changing === undefined) return now();
    const waiting = changing.then(now);
    return streaming ? flatten(waiting) : waiting;

    function now(): unknown {
      if (!script.has(key)) throw new SallyportError("unimplemented", `the script has no ${what} any more`, { help: "Load the plugin again, so that the host learns what it offers now." });
      return script.invoke(key, what, params, context, streaming);
    }
  }

  const methods = offered.map(({ name, ...info }): [string, Method] => {
    const streaming = info.stream === "out" || info.stream === "both";
    return [name, { ...info, handler: (params: unknown, context: Context) => route(`method ${name}`, `method '${name}'`, params, context, streaming) }];
  });
  const events = heard.map((topic): [string, (payload: unknown, context: Context) => unknown] => [
    topic,
    (payload, context) => route(`event ${topic}`, `handler of event '${topic}'`, payload, context, false),
  ]);

  async function change(from: Sources): Promise<void> {
    const before = script;
    try {
      const next = load(from);
      if (next.start && started !== undefined) await next.invoke("start", "start", null, started, false);
      script = next;
    } catch (thrown) {
      options.log("error", `the changed script does not run, the one before stays: ${(thrown as Error).message}`);
      return;
    }
    for (const { name } of script.methods) if (!offered.some((method) => method.name === name)) options.log("warn", `the changed script has a new method '${name}', which the host does not know: load the plugin again to offer it`);
    options.log("info", "the changed script runs");
    void retire(before);
  }

  /** After its last call, which may go on for as long as it likes. */
  async function retire(old: Script): Promise<void> {
    if (!old.stop || started === undefined) return;
    await old.idle();
    try {
      await old.invoke("stop", "stop", null, started, false);
    } catch (thrown) {
      options.log("error", `stop of the script before failed: ${(thrown as Error).message}`);
    }
  }

  return {
    definition: {
      methods: Object.fromEntries(methods),
      events: Object.fromEntries(events),
      async start(context) {
        started = context as Context;
        if (script.start) await script.invoke("start", "start", null, started, false);
      },
      async stop(context) {
        await changing;
        if (script.stop) await script.invoke("stop", "stop", null, context as Context, false);
      },
    },
    replace(from) {
      const done: Promise<void> = (changing ?? Promise.resolve()).then(() => change(from)).finally(() => {
        if (changing === done) changing = undefined;
      });
      changing = done;
    },
  };
}

async function* flatten(waiting: Promise<unknown>): AsyncGenerator<unknown, unknown, void> {
  const items = await waiting;
  if (typeof items !== "object" || items === null || !(Symbol.asyncIterator in items)) return items;
  return yield* items as AsyncGenerator<unknown, unknown, void>;
}
