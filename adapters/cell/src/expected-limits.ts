import { DEFAULT_LIMITS, narrowLimits, type Limits } from "@sallyport/bus";
import type { PluginSource, PluginSpec } from "@sallyport/kernel";

/** The limits that the kernel will ask for, known before it does. A wrong guess costs a start without a spare. */
export function expectedLimits({ limits }: PluginSpec, { manifest }: PluginSource): Limits {
  return narrowLimits({ ...DEFAULT_LIMITS, ...limits }, manifest?.limits);
}
