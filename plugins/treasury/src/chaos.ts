import type { Kernel } from "@sallyport/kernel";

/** Kills plugins from outside, in the middle of their work. */
export interface Chaos {
  /** Called as the counts go up. */
  at(counts: { readonly read: number; readonly posted: number }): void;
  readonly killed: readonly string[];
}

/** The parser goes while it streams, the rules while calls are open in them; each once. */
export function createChaos(kernel: () => Kernel): Chaos {
  const killed: string[] = [];
  const plans = [
    { plugin: "parse", due: (counts: { read: number; posted: number }) => counts.read >= 400 },
    { plugin: "categorise", due: (counts: { read: number; posted: number }) => counts.posted >= 900 },
  ];
  return {
    killed,
    at(counts) {
      const plan = plans.find((each) => each.due(counts));
      if (plan === undefined) return;
      plans.splice(plans.indexOf(plan), 1);
      const label = kernel().list().find((info) => info.name === plan.plugin)?.label ?? "";
      const pid = Number(/^pid (\d+)$/.exec(label)?.[1]);
      if (!Number.isSafeInteger(pid) || pid <= 1) throw new Error(`cannot kill ${plan.plugin}: it runs as '${label}'`);
      process.kill(pid, "SIGKILL");
      killed.push(`${plan.plugin} (${label}) after ${counts.read} transactions read, ${counts.posted} posted`);
    },
  };
}
