import { isSallyportError, type LogLevel } from "@sallyport/bus";
import type { Choose } from "../api.js";
import type { Adapter } from "../adapter.js";
import { candidateOf, fittestMode, runnable, trusts, type Candidate } from "../choose.js";
import type { Mover } from "../move.js";
import type { Plugin } from "../plugin.js";
import type { Trigger } from "./triggers.js";

/** Carries out what policies ask for, and says so in the plugin's log. */
export interface PolicyMover {
  /** Never rejects: a plugin that cannot be moved stays where it is. */
  move(plugin: Plugin, trigger: Trigger): Promise<void>;
}

export interface PolicyMoverOptions {
  readonly adapters: readonly Adapter[];
  readonly mover: Mover;
  readonly signal: AbortSignal;
  readonly choose: Choose | undefined;
}

export function createPolicyMover({ adapters, mover, signal, choose }: PolicyMoverOptions): PolicyMover {
  /** Where a policy took it away from: it does not go back there by itself, so that two rules cannot throw it to and fro. */
  const left = new WeakMap<Plugin, Set<string>>();

  /** Modes that run it here, that it is trusted for, and that a policy has not left yet; of a policy that names some, only those. */
  async function candidates(plugin: Plugin): Promise<readonly Candidate[]> {
    const { spec } = plugin;
    const { mode: _named, ...anyMode } = spec;
    const { able } = await runnable({ ...anyMode, name: plugin.name }, adapters, signal);
    const to = spec.policy?.move?.to;
    return able
      .filter(({ adapter }) => adapter !== plugin.adapter && trusts(plugin.trust, adapter.trust) && left.get(plugin)?.has(adapter.mode) !== true && (to === undefined || to.includes(adapter.mode)))
      .toSorted((a, b) => (to === undefined ? 0 : to.indexOf(a.adapter.mode) - to.indexOf(b.adapter.mode)))
      .map(candidateOf);
  }

  /** `undefined`: none is better than where it is, as far as anybody knows. */
  async function target(plugin: Plugin, { cause }: Trigger): Promise<string | undefined> {
    const fit = await candidates(plugin);
    const isNamed = plugin.spec.policy?.move?.to !== undefined;
    if (cause === "latency") return isNamed ? fit[0]?.mode : choose?.([candidateOf(plugin), ...fit], { plugin: plugin.name, prefer: "latency", from: plugin.adapter.mode });
    const contained = fit.filter(({ traits }) => traits.crash === "contained" && traits.memory === "separate");
    // In a mode like that already, it would only fill the next one.
    if (plugin.adapter.traits.crash === "contained" && !isNamed) return undefined;
    return isNamed ? (contained[0] ?? fit[0])?.mode : fittestMode(contained, plugin.trust)?.mode;
  }

  return {
    async move(plugin, trigger) {
      const from = plugin.adapter.mode;
      const say = (level: LogLevel, text: string): void => plugin.log(plugin.supervisor.current?.id ?? plugin.name, level, text, "log");
      try {
        const to = await target(plugin, trigger);
        if (to === undefined || to === from) return say("warn", `'${plugin.name}' stays in mode '${from}', although ${trigger.text}: no other mode that runs it here, and that it is trusted for, is known to be better`);
        await mover.move(plugin, to, { reason: trigger.cause }, trigger.figures);
        const gone = left.get(plugin) ?? new Set();
        left.set(plugin, gone.add(from));
        say("info", `'${plugin.name}' was moved from mode '${from}' to '${to}': ${trigger.text}`);
      } catch (error) {
        say("warn", `'${plugin.name}' could not be moved from mode '${from}', although ${trigger.text}: ${isSallyportError(error) ? `${error.code}: ${error.message}` : String(error)}`);
      }
    },
  };
}
