import type { Kernel } from "@sallyport/kernel";
import type { Case } from "../case.js";
import { told } from "./told.js";
import type { Told } from "./job.js";
import type { World } from "./world.js";

const TIMEOUT_MS = 800;
const ITEMS = 50;
const REPEATS = 200;
const FEED_BYTES = 512 << 10;
const CHURN_MS = 2000;
const REVOKE_AFTER_MS = 200;
const PASSED_MS = 50;

export interface Attack {
  readonly call?: Told;
  readonly got: readonly string[];
}

/** The host's part of the attack. */
export async function drive(kernel: Kernel, world: Pick<World, "revoked">, one: Case, params: unknown): Promise<Attack> {
  const timeoutMs = one.timeoutMs ?? TIMEOUT_MS;
  const attack = (): Promise<Attack> => kernel.call("evil.attack", params, { timeoutMs }).then((value) => ({ got: gotOf(value) }), (error: unknown) => ({ got: [], call: told(error) }));
  switch (one.drive) {
    case "load": {
      await pause(timeoutMs / 2);
      return { got: [] };
    }
    case "call":
    case "unload":
      return attack();
    case "stream":
      return stream(kernel, timeoutMs);
    case "repeat": {
      let last: Attack = { got: [] };
      for (let i = 0; i < REPEATS && last.call === undefined; i++) last = await attack();
      return last;
    }
    case "feed": {
      const answers = await Promise.all(Array.from({ length: 64 }, () => kernel.call("evil.attack", "x".repeat(FEED_BYTES), { timeoutMs: 3 * timeoutMs }).catch(told)));
      return { got: [], call: answers[0] as Told };
    }
    case "churn": {
      const until = performance.now() + CHURN_MS;
      let last: Attack = { got: [] };
      while (performance.now() < until) {
        last = await attack();
        await pause(5);
      }
      return last;
    }
    case "revoke": {
      const flood = attack();
      await pause(REVOKE_AFTER_MS);
      kernel.revoke("evil", one.grants ?? []);
      // What had passed the check may still be on its way.
      await pause(PASSED_MS);
      world.revoked();
      return flood;
    }
    case "host-killed":
      await attack();
      return new Promise(() => undefined);
  }
}

async function stream(kernel: Kernel, timeoutMs: number): Promise<Attack> {
  let taken = 0;
  try {
    for await (const _item of kernel.stream("evil.stream", null, { timeoutMs })) if (++taken === ITEMS) break;
    return { got: [] };
  } catch (error) {
    return { got: [], call: told(error) };
  }
}

/** Inline hands out the plugin's own object, whatever that is. */
function gotOf(value: unknown): readonly string[] {
  try {
    const got = (value as { got?: unknown } | null)?.got;
    return Array.isArray(got) ? got.map((one) => String(one).slice(0, 200)) : [];
  } catch {
    return [];
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
